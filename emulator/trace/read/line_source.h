// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of a text file that may be compressed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/zstd.h"

namespace mmscope {

class LineSource {
  public:
    static constexpr size_t kLongestLine = 1 << 16;  // a record has less than 8 KiB

    LineSource(std::unique_ptr<ByteSource> bytes, std::string path)
        : bytes_(std::move(bytes)), path_(std::move(path)), buffer_(size_t{1} << 17) {}

    /// Without its end, valid until the next call. False: there is none any more. Error: unreadable, too
    /// long.
    Result<bool> next(std::string_view& line);
    /// "PATH:LINE: what", of the line that next() gave last.
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view what) const;
    [[nodiscard]] double progress() const;

  private:
    std::unique_ptr<ByteSource> bytes_;
    std::string path_, line_;
    std::vector<char> buffer_;
    size_t at_ = 0, end_ = 0;  // of buffer_
    uint64_t number_ = 0;
};

}  // namespace mmscope
