// SPDX-License-Identifier: GPL-2.0-or-later
// Guest memory by linear address: a physical reader seen through one page directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "mmu/page_walk.h"

namespace mmscope {

/// Reads through page tables without touching them. Cheap to copy; valid while the reader lives and the
/// guest stands still. Every read may fail: guest pointers are hostile.
class GuestMemory {
  public:
    GuestMemory(const PhysicalReader& memory, const PagingMode& mode) : memory_(&memory), mode_(mode) {}

    /// Fills `out` from [address, address + out.size()). None on success; otherwise the first address that
    /// is not mapped to RAM (and `out` is unspecified). A range that wraps past 4 GiB fails at 0.
    [[nodiscard]] std::optional<LinearAddr> read(LinearAddr address, std::span<std::byte> out) const;
    [[nodiscard]] std::optional<uint32_t> read_u32(LinearAddr address) const;

    [[nodiscard]] Walk walk(LinearAddr address) const { return walk_page(*memory_, mode_, address); }
    /// The same memory seen through another page directory.
    [[nodiscard]] GuestMemory through(PhysAddr directory) const;
    [[nodiscard]] const PhysicalReader& physical() const { return *memory_; }
    [[nodiscard]] const PagingMode& mode() const { return mode_; }

  private:
    const PhysicalReader* memory_;
    PagingMode mode_;
};

}  // namespace mmscope
