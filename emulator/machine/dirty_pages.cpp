// SPDX-License-Identifier: GPL-2.0-or-later
// A word of 64 pages at a time: most are empty.
#include "machine/dirty_pages.h"

#include <bit>
#include <utility>

namespace mmscope {

void DirtyPages::start() {
    for (Words& left : left_) {
        left.resize(words_.size());
        for (size_t i = 0; i < words_.size(); ++i)
            left[i] |= words_[i];
    }
    words_.assign((pages_ + kBits - 1) / kBits, 0);
}

size_t DirtyPages::add_reader() {
    left_.emplace_back();
    return left_.size() - 1;
}

std::vector<uint32_t> DirtyPages::take(size_t reader) {
    return numbers_in(std::exchange(left_[reader], {}));
}

std::vector<uint32_t> DirtyPages::numbers_in(const Words& words) {
    std::vector<uint32_t> found;
    for (size_t i = 0; i < words.size(); ++i) {
        for (uint64_t rest = words[i]; rest != 0; rest &= rest - 1)
            found.push_back(static_cast<uint32_t>(i * kBits) + static_cast<uint32_t>(std::countr_zero(rest)));
    }
    return found;
}

}  // namespace mmscope
