// SPDX-License-Identifier: GPL-2.0-or-later
// Which pages of RAM were written since somebody began to watch.
#pragma once

#include <cstddef>
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
    /// Begins anew: what was marked is left to the readers.
    void start();
    /// Somebody who will ask, for himself, what was marked. His number.
    size_t add_reader();
    /// What start() has left to this reader since he last asked. By number, ascending.
    std::vector<uint32_t> take(size_t reader);
    void add(PhysAddr address) {
        const uint32_t page = address.page_number();
        if (watching() && page < pages_) words_[page / kBits] |= bit(page);
    }
    [[nodiscard]] bool contains(PhysAddr address) const {
        const uint32_t page = address.page_number();
        return watching() && page < pages_ && (words_[page / kBits] & bit(page)) != 0;
    }
    /// What was marked since the last start(). By number, ascending.
    [[nodiscard]] std::vector<uint32_t> numbers() const { return numbers_in(words_); }

  private:
    static constexpr uint32_t kBits = 64;
    using Words = std::vector<uint64_t>;  // empty: none
    static uint64_t bit(uint32_t page) { return uint64_t{1} << page % kBits; }
    static std::vector<uint32_t> numbers_in(const Words& words);

    uint32_t pages_;
    Words words_;              // empty: nobody watches
    std::vector<Words> left_;  // to each reader
};

}  // namespace mmscope
