// SPDX-License-Identifier: GPL-2.0-or-later
// One access through paging as the processor makes it: walk, check rights, set A and D.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "machine/physical_memory.h"
#include "mmu/page_walk.h"

namespace mmscope {

struct PageAccess {
    Walk walk;                          // entries as they were before A and D were set
    std::optional<uint32_t> violation;  // the #PF error code, or none: the access may be made
};

/// Sets A in every entry used and D of the last one on a write (SDM vol. 3, section 4.8). When the access is
/// refused, only A of a directory entry that led to a page table is set, as Unicorn's own MMU does.
PageAccess access_page(PhysicalMemory& memory, const PagingMode& mode, LinearAddr address, Access access,
                       Privilege privilege);

}  // namespace mmscope
