// SPDX-License-Identifier: GPL-2.0-or-later
// Which pages of RAM were written since somebody began to watch.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"

namespace mmscope {

/// A bit for each page. Nobody watches at first: then a mark costs a comparison.
class DirtyPages {
  public:
    /// For `ram` bytes.
    explicit DirtyPages(uint32_t ram) : pages_(ram / kPageSize) {}

    [[nodiscard]] bool watching() const { return !words_.empty(); }
    /// From now on; what was marked is forgotten.
    void start() { words_.assign((pages_ + kBits - 1) / kBits, 0); }
    void add(PhysAddr address) {
        const uint32_t page = address.page_number();
        if (watching() && page < pages_) words_[page / kBits] |= bit(page);
    }
    /// What is not RAM counts as marked: nobody has to know of it any more.
    [[nodiscard]] bool contains(PhysAddr address) const {
        const uint32_t page = address.page_number();
        return page >= pages_ || (watching() && (words_[page / kBits] & bit(page)) != 0);
    }
    /// Their numbers, ascending.
    [[nodiscard]] std::vector<uint32_t> numbers() const;

  private:
    static constexpr uint32_t kBits = 64;
    static uint64_t bit(uint32_t page) { return uint64_t{1} << page % kBits; }

    uint32_t pages_;
    std::vector<uint64_t> words_;  // empty: nobody watches
};

}  // namespace mmscope
