// SPDX-License-Identifier: GPL-2.0-or-later
// Zstandard (RFC 8878) by libzstd: whole frames out, any number of frames in.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace mmscope {

inline constexpr const char* kZstdExtension = ".zst";

/// One frame that holds `bytes`, with a checksum.
std::string compress_frame(std::span<const char> bytes);

/// Makes frames one after the other, fast rather than small. The same bytes give the same frame.
class FrameCompressor {
  public:
    FrameCompressor();
    ~FrameCompressor();
    FrameCompressor(const FrameCompressor&) = delete;
    FrameCompressor& operator=(const FrameCompressor&) = delete;

    /// Appends one frame that holds `bytes`, with their number and a checksum, to `out`.
    void append(std::span<const std::byte> bytes, std::vector<std::byte>& out);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// Opens frames whose size is known. Takes no memory for what they say of themselves.
class FrameDecompressor {
  public:
    FrameDecompressor();
    ~FrameDecompressor();
    FrameDecompressor(const FrameDecompressor&) = delete;
    FrameDecompressor& operator=(const FrameDecompressor&) = delete;

    /// False, and `out` unspecified: `frame` is damaged, or holds more or fewer bytes than `out` has room
    /// for.
    [[nodiscard]] bool open(std::span<const std::byte> frame, std::span<std::byte> out);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// A file read from its beginning, decompressed if its name ends in .zst.
class ByteSource {
  public:
    /// Error: "PATH: why".
    static Result<std::unique_ptr<ByteSource>> open(const std::filesystem::path& path);
    ~ByteSource();
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    /// Fills `out` as far as there is anything; 0 at the end. Error: unreadable, no Zstandard, damaged, cut
    /// off.
    Result<size_t> read(std::span<char> out);
    /// Bytes of the file that were used, and its size.
    [[nodiscard]] uint64_t used() const { return used_; }
    [[nodiscard]] uint64_t size() const { return size_; }

  private:
    struct Decompressor;
    ByteSource() = default;
    Result<size_t> read_plain(std::span<char> out);
    Result<size_t> read_compressed(std::span<char> out);

    std::string path_;
    std::ifstream file_;
    uint64_t used_ = 0, size_ = 0;
    std::unique_ptr<Decompressor> zstd_;  // null: as it is
};

}  // namespace mmscope
