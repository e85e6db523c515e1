// SPDX-License-Identifier: GPL-2.0-or-later
// Two-level paging of the i386, as a pure function of RAM and four registers.
#include "mmu/page_walk.h"

namespace mmscope {
namespace {

constexpr uint32_t kFrameMask = 0xFFFFF000;
constexpr uint32_t kLargeFrameMask = 0xFFC00000;
constexpr uint32_t kLargeReserved = 0x003FE000;  // SDM vol. 3, table 4-4, with bit 12 (PAT) left to the guest

Walk identity(LinearAddr address) {
    Walk walk;
    walk.address = address;
    walk.present = walk.writable = walk.user = walk.dirty = true;
    walk.physical = PhysAddr(address.value);
    return walk;
}

void finish_large(Walk& walk, uint32_t pde) {
    walk.large = true;
    walk.present = true;
    walk.reserved = (pde & kLargeReserved) != 0;
    walk.dirty = (pde & kDirty) != 0;
    walk.physical = PhysAddr((pde & kLargeFrameMask) | (walk.address.value & ~kLargeFrameMask));
}

}  // namespace

Walk walk_page(const PhysicalReader& memory, const PagingMode& mode, LinearAddr address) {
    if (!mode.paging) return identity(address);
    Walk walk;
    walk.address = address;
    walk.pde_at = mode.directory.page() + (address.value >> 22) * 4;
    walk.pde = memory.read_u32(walk.pde_at);
    if (!walk.pde || !(*walk.pde & kPresent)) return walk;

    const uint32_t pde = *walk.pde;
    uint32_t rights = pde;
    uint32_t leaf = pde;
    if (mode.large_pages && (pde & kLargePage)) {
        finish_large(walk, pde);
    } else {
        walk.pte_at = PhysAddr((pde & kFrameMask) | ((address.value >> 12 & 0x3FF) * 4));
        walk.pte = memory.read_u32(walk.pte_at);
        if (!walk.pte || !(*walk.pte & kPresent)) return walk;
        leaf = *walk.pte;
        rights &= leaf;
        walk.present = true;
        walk.dirty = (leaf & kDirty) != 0;
        walk.physical = PhysAddr((leaf & kFrameMask) | address.page_offset());
    }
    walk.writable = (rights & kWritable) != 0;
    walk.user = (rights & kUser) != 0;
    walk.global = mode.global_pages && (leaf & kGlobal);
    return walk;
}

std::optional<uint32_t> find_violation(const Walk& walk, const PagingMode& mode, Access access,
                                       Privilege privilege) {
    const bool user = privilege == Privilege::User;
    const bool write = access == Access::Write;
    const uint32_t how = (write ? kFaultWrite : 0u) | (user ? kFaultUser : 0u);
    if (!walk.present) return how;
    if (walk.reserved) return how | kFaultProtection | kFaultReserved;
    const bool user_denied = user && !walk.user;
    const bool write_denied = write && !walk.writable && (user || mode.write_protect);
    if (user_denied || write_denied) return how | kFaultProtection;
    return std::nullopt;
}

}  // namespace mmscope
