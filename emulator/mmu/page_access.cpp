// SPDX-License-Identifier: GPL-2.0-or-later
// Writes A and D back into the entries that a walk has read.
#include "mmu/page_access.h"

namespace mmscope {
namespace {

void set_bits(PhysicalMemory& memory, PhysAddr at, uint32_t entry, uint32_t bits) {
    if ((entry & bits) == bits) return;
    const uint32_t updated = entry | bits;
    (void)memory.write(at, std::as_bytes(std::span(&updated, 1)));
}

}  // namespace

PageAccess access_page(PhysicalMemory& memory, const PagingMode& mode, LinearAddr address, Access access,
                       Privilege privilege) {
    PageAccess result{.walk = walk_page(memory, mode, address), .violation = {}};
    const Walk& walk = result.walk;
    result.violation = find_violation(walk, mode, access, privilege);
    if (!mode.paging || !walk.pde) return result;
    if ((*walk.pde & kPresent) && !walk.large) set_bits(memory, walk.pde_at, *walk.pde, kAccessed);
    if (result.violation) return result;
    const uint32_t leaf_bits = access == Access::Write ? kAccessed | kDirty : kAccessed;
    if (walk.large) {
        set_bits(memory, walk.pde_at, *walk.pde, leaf_bits);
    } else {
        set_bits(memory, walk.pte_at, *walk.pte, leaf_bits);
    }
    return result;
}

}  // namespace mmscope
