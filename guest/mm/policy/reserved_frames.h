// SPDX-License-Identifier: GPL-2.0-or-later
// Which entries count no frame: those for the kernel's own frames (PG_reserved: the zero page, what was kept
// at boot) and for what is no memory at all. So a driver's mapping leaves frames out that others count.
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"

struct reserved_frames {
    /// An entry for a frame that is not to be counted: it needs no mark.
    static pte_t mark(pte_t entry) { return entry; }
    static bool is_raw(const vm_area_struct*, pte_t entry) { return may_show(pte_pfn(entry)); }
    /// May a driver's mapping show this frame uncounted?
    static bool may_show(ulong pfn) { return !pfn_valid(pfn) || PageReserved(pfn_to_page(pfn)); }
};
