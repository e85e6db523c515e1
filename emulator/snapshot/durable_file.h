// SPDX-License-Identifier: GPL-2.0-or-later
// A file that appears whole under its name, or not at all, whatever happens to the program or the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"

namespace mmscope {

/// Written under a temporary name in the same folder; commit() gives it its own. What is not committed is
/// removed with the object.
class DurableFile {
  public:
    /// Would a file of this name have a folder that can be written, and replace nothing but a regular file?
    static Result<void> check(const std::filesystem::path& path);
    /// Error: "PATH: cannot write: why"; nothing is left behind.
    static Result<std::unique_ptr<DurableFile>> create(const std::filesystem::path& path);
    ~DurableFile();
    DurableFile(const DurableFile&) = delete;
    DurableFile& operator=(const DurableFile&) = delete;

    /// Bytes that are never written are zero, and take no room.
    [[nodiscard]] Result<void> write(uint64_t offset, std::span<const std::byte> bytes);
    /// Makes the file `size` bytes long, brings it to the disk, renames it, and brings the name to the disk.
    [[nodiscard]] Result<void> commit(uint64_t size);

  private:
    DurableFile(std::filesystem::path path, std::string temporary, int file)
        : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}
    [[nodiscard]] std::unexpected<Error> failed() const;

    const std::filesystem::path path_;
    std::string temporary_;  // empty: renamed
    const int file_;
};

}  // namespace mmscope
