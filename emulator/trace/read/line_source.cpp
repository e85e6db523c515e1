// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/read/line_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace mmscope {

Result<bool> LineSource::next(std::string_view& line) {
    line_.clear();
    ++number_;
    for (;;) {
        if (at_ == end_) {
            const auto got = bytes_->read(buffer_);
            if (!got) return std::unexpected(got.error());
            at_ = 0;
            end_ = *got;
            if (end_ == 0) {
                line = line_;
                return !line_.empty();
            }
        }
        const std::string_view rest(buffer_.data() + at_, end_ - at_);
        const size_t length = std::min(rest.find('\n'), rest.size());
        if (line_.size() + length > kLongestLine) return wrong("the line is longer than 64 KiB");
        line_ += rest.substr(0, length);
        at_ += std::min(length + 1, rest.size());
        if (length < rest.size()) break;
    }
    line = line_;
    return true;
}

std::unexpected<Error> LineSource::wrong(std::string_view what) const {
    return fail(fmt::format("{}:{}: {}", path_, number_, what));
}

double LineSource::progress() const {
    return bytes_->size() == 0 ? 1
                               : static_cast<double>(bytes_->used()) / static_cast<double>(bytes_->size());
}

}  // namespace mmscope
