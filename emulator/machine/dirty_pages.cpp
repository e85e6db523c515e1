// SPDX-License-Identifier: GPL-2.0-or-later
// A word of 64 pages at a time: most are empty.
#include "machine/dirty_pages.h"

#include <bit>

namespace mmscope {

std::vector<uint32_t> DirtyPages::numbers() const {
    std::vector<uint32_t> found;
    for (size_t i = 0; i < words_.size(); ++i) {
        for (uint64_t rest = words_[i]; rest != 0; rest &= rest - 1)
            found.push_back(static_cast<uint32_t>(i * kBits) + static_cast<uint32_t>(std::countr_zero(rest)));
    }
    return found;
}

}  // namespace mmscope
