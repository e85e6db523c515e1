// SPDX-License-Identifier: GPL-2.0-or-later
// The page walk: linear address to physical address by two-level paging, as in Intel SDM vol. 3, section 4.3.
// One walker for the CPU (which also sets A and D) and for everything that only looks.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "machine/physical_memory.h"

namespace mmscope {

/// Bits of a page-directory or page-table entry (SDM vol. 3, tables 4-4 to 4-6).
enum EntryBit : uint32_t {
    kPresent = 0x001,
    kWritable = 0x002,
    kUser = 0x004,
    kWriteThrough = 0x008,
    kCacheDisable = 0x010,
    kAccessed = 0x020,
    kDirty = 0x040,
    kLargePage = 0x080,  // in a directory entry: maps 4 MiB
    kGlobal = 0x100,
};

/// Bits of the error code that a #PF pushes (SDM vol. 3, section 4.7).
enum PageFaultBit : uint32_t { kFaultProtection = 1, kFaultWrite = 2, kFaultUser = 4, kFaultReserved = 8 };

/// The registers a walk depends on.
struct PagingMode {
    PhysAddr directory;          // CR3 without its flag bits
    bool paging = false;         // CR0.PG; off: linear is physical
    bool write_protect = false;  // CR0.WP
    bool large_pages = false;    // CR4.PSE
    bool global_pages = false;   // CR4.PGE
};

/// What a walk found on its way, present or not. Entries are as they were before A and D were set.
struct Walk {
    LinearAddr address;
    std::optional<uint32_t> pde;  // none: the directory itself is not RAM
    std::optional<uint32_t> pte;  // none: pde not present, or it maps 4 MiB, or the table is not RAM
    PhysAddr pde_at, pte_at;      // where they stand; pte_at is meaningful if pte has a value
    bool large = false;           // mapped by a 4 MiB entry
    bool present = false;         // every level is present
    bool writable = false;        // R/W in every level
    bool user = false;            // U/S in every level
    bool global = false;
    bool dirty = false;     // D of the entry that maps the page
    bool reserved = false;  // a reserved bit of a 4 MiB entry is set (21:13; there is no PSE-36)
    PhysAddr physical;      // meaningful if present
};

/// Walks without touching anything.
[[nodiscard]] Walk walk_page(const PhysicalReader& memory, const PagingMode& mode, LinearAddr address);

/// The #PF error code this access would raise after `walk`, or none if it is allowed
/// (SDM vol. 3, section 4.6: access rights; supervisor writes ignore R/W while CR0.WP is 0).
[[nodiscard]] std::optional<uint32_t> find_violation(const Walk& walk, const PagingMode& mode, Access access,
                                                     Privilege privilege);

}  // namespace mmscope
