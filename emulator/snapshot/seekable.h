// SPDX-License-Identifier: GPL-2.0-or-later
// Zstandard frames with a table of them at the end of the file ("seekable format" 0.1.0 of the Zstandard
// project): `zstd -d` makes the whole of it, and each frame can be opened by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/zstd.h"
#include "snapshot/durable_file.h"

namespace mmscope {

/// The first bytes of each frame, as a little-endian number.
inline constexpr uint32_t kZstdMagic = 0xFD2FB528;

/// One entry of the table, as it stands in the file.
struct SeekEntry {
    uint32_t compressed, size;  // bytes of the frame, and of what it holds
};

/// The table: a skippable frame, so that others pass over it.
struct SeekHead {
    static constexpr uint32_t kMagic = 0x184D2A5E;
    uint32_t magic = kMagic, size = 0;  // bytes that follow
};
/// The last bytes of the file.
struct [[gnu::packed]] SeekFoot {
    static constexpr uint32_t kMagic = 0x8F92EAB1;
    uint32_t frames = 0;
    uint8_t descriptor = 0;  // no checksums in the table: the frames have them
    uint32_t magic = kMagic;
};
static_assert(sizeof(SeekEntry) == 8 && sizeof(SeekHead) == 8 && sizeof(SeekFoot) == 9);

/// No frame holds more.
inline constexpr uint32_t kLargestFrame = 1u << 20;

/// Writes a file from its beginning to its end.
class SeekableWriter {
  public:
    /// `file` is empty and must outlive it.
    explicit SeekableWriter(DurableFile& file) : file_(file) {}

    /// A frame that holds `bytes`, at most kLargestFrame.
    Result<void> add(std::span<const std::byte> bytes);
    /// As many zeros, in as few frames as possible.
    Result<void> add_zeros(uint64_t count);
    /// Writes the table and commits the file.
    Result<void> finish();

  private:
    Result<void> append(std::span<const std::byte> bytes);
    Result<void> flush();

    DurableFile& file_;
    FrameCompressor compressor_;
    std::vector<SeekEntry> table_;
    std::vector<std::byte> buffer_;
    std::vector<std::byte> zeros_;  // the frame of kLargestFrame zeros, once it was needed
    uint64_t written_ = 0;
};

}  // namespace mmscope
