// SPDX-License-Identifier: GPL-2.0-or-later
// How many instructions stand in a block of code: a direct-mapped table for the hottest path there is.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/address.h"

namespace mmscope {

/// Keyed by linear address and size. Every page owns one row, so that a page can be forgotten cheaply.
/// Which blocks are in it is a pure function of what the guest executed.
class BlockTable {
  public:
    BlockTable() : slots_(std::make_unique<Slots>()) { clear(); }

    static constexpr uint32_t kMaxInstructions = 0xFFFF;

    /// The number of instructions of this block, or 0 if it is not known.
    [[nodiscard]] uint32_t find(uint32_t address, uint32_t size) const {
        const uint64_t entry = (*slots_)[index(address)];
        return (entry ^ key(address, size)) >> 16 ? 0 : static_cast<uint32_t>(entry & kMaxInstructions);
    }
    void remember(uint32_t address, uint32_t size, uint32_t instructions) {
        (*slots_)[index(address)] = key(address, size) | instructions;
    }
    void clear() { slots_->fill(0); }
    void forget_page(LinearAddr page) {
        std::memset(&(*slots_)[index(page.page().value) & ~(kRow - 1)], 0, kRow * sizeof(uint64_t));
    }

  private:
    static constexpr uint32_t kRow = 1024;  // blocks of one page: they collide if less than 4 bytes apart
    static constexpr uint32_t kRows = 64;   // pages
    using Slots = std::array<uint64_t, kRow * kRows>;

    static uint64_t key(uint32_t address, uint32_t size) {
        return uint64_t{address} << 32 | uint64_t{size & 0xFFFF} << 16;
    }
    static uint32_t index(uint32_t address) {
        const uint32_t page = address >> 12;
        const uint32_t row = (page ^ page >> 6) & (kRows - 1);
        return row * kRow + (address >> 2 & (kRow - 1));
    }
    std::unique_ptr<Slots> slots_;
};

/// Which frames of RAM hold code that was translated: a write to one by the host must drop the translation.
class CodePages {
  public:
    explicit CodePages(uint32_t ram) : words_((ram >> kPageShift) / 64 + 1) {}

    [[nodiscard]] bool contains(PhysAddr address) const {
        const uint32_t frame = address.page_number();
        return frame / 64 < words_.size() && (words_[frame / 64] >> frame % 64 & 1);
    }
    void add(PhysAddr address) {
        const uint32_t frame = address.page_number();
        if (frame / 64 >= words_.size()) return;
        words_[frame / 64] |= uint64_t{1} << frame % 64;
        empty_ = false;
    }
    [[nodiscard]] bool empty() const { return empty_; }
    void clear() {
        words_.assign(words_.size(), 0);
        empty_ = true;
    }

  private:
    std::vector<uint64_t> words_;
    bool empty_ = true;
};

}  // namespace mmscope
