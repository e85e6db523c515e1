// SPDX-License-Identifier: GPL-2.0-or-later
// Which entries count no frame: the entry itself says so (_PAGE_SPECIAL), or its area (VM_PFNMAP).
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"

struct special_entries {
    /// An entry for a frame that is not to be counted.
    static pte_t mark(pte_t entry) { return pte_mkspecial(entry); }
    static bool is_raw(const vm_area_struct* vma, pte_t entry) {
        return pte_special(entry) || (vma->vm_flags & VM_PFNMAP);
    }
    /// May a driver's mapping show this frame uncounted?
    static bool may_show(ulong) { return true; }
};
