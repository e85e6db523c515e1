// SPDX-License-Identifier: GPL-2.0-or-later
// How many instructions stand in a block of code: a direct-mapped table for the hottest path there is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/address.h"

namespace mmscope {

/// Keyed by linear address and size. Every page owns one row, so that a page can be forgotten cheaply.
/// Which blocks are in it is a pure function of what the guest executed.
class BlockTable {
  public:
    BlockTable() : slots_(kRow * kRows), used_(kRows) {}

    static constexpr uint32_t kMaxInstructions = 0xFFFF;

    /// A block has at least one byte: size 0 marks an empty slot.
    struct Slot {
        uint32_t address = 0;
        uint16_t size = 0;
        uint16_t instructions = 0;

        [[nodiscard]] bool holds(uint32_t wanted, uint32_t wanted_size) const {
            return address == wanted && size == wanted_size;
        }
    };

    /// The only slot where a block at `address` can be.
    [[nodiscard]] const Slot& slot_of(uint32_t address) const { return slots_.data()[index(address)]; }
    /// The block entered last, if it is still known: a loop of one block needs no look-up.
    [[nodiscard]] const Slot& latest() const { return latest_; }
    void note_latest(const Slot& slot) { latest_ = slot; }
    /// The number of instructions of this block, or 0 if it is not known.
    [[nodiscard]] uint32_t find(uint32_t address, uint32_t size) const {
        const Slot& slot = slot_of(address);
        return slot.holds(address, size) ? slot.instructions : 0;
    }
    void remember(uint32_t address, uint32_t size, uint32_t instructions) {
        slots_[index(address)] = {address, static_cast<uint16_t>(size), static_cast<uint16_t>(instructions)};
        used_[index(address) / kRow] = true;
    }
    void clear() {
        for (uint32_t row = 0; row < kRows; ++row) {
            if (used_[row]) forget_row(row);
        }
    }
    void forget_page(LinearAddr page) { forget_row(index(page.page().value) / kRow); }

  private:
    static constexpr uint32_t kRow = 1024;  // blocks of one page: they collide if less than 4 bytes apart
    static constexpr uint32_t kRows = 256;  // pages: they collide if 1 MiB apart

    static uint32_t index(uint32_t address) { return address >> 2 & (kRow * kRows - 1); }
    void forget_row(uint32_t row) {
        latest_ = {};
        std::fill_n(slots_.begin() + row * kRow, kRow, Slot{});
        used_[row] = false;
    }
    Slot latest_;
    std::vector<Slot> slots_;
    std::vector<bool> used_;
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
