// SPDX-License-Identifier: GPL-2.0-or-later
// A text file of whole lines: buffered, and never left with half a line on disk.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace mmscope {

/// A name that ends in .zst makes it a file of Zstandard frames, each of whole lines.
class TraceFile {
  public:
    /// Creates or empties the file. Error: path and reason.
    static Result<TraceFile> create(const std::string& path);
    TraceFile(TraceFile&& other) noexcept;
    TraceFile& operator=(TraceFile&&) = delete;
    ~TraceFile();

    /// Where the next lines are put together; call commit() after each whole line.
    std::string& buffer() { return buffer_; }
    /// Writes the buffer out if it is large. Error: the disk is full, ...; from then on every call fails, and
    /// the file is cut back to its last whole line.
    Result<void> commit();
    Result<void> flush();
    /// flush and close; what close(2) reports counts too (remote file systems tell there).
    Result<void> close();

  private:
    TraceFile(int descriptor, std::string path);
    Result<void> write_out(const std::string& bytes);
    Result<void> write_failed(int error, size_t whole);

    int descriptor_ = -1;
    std::string path_;
    bool compressed_ = false;
    std::string buffer_;
    uint64_t on_disk_ = 0;  // bytes, all of them whole lines
    std::string error_;     // of the first failure
};

}  // namespace mmscope
