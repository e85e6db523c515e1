// SPDX-License-Identifier: GPL-2.0-or-later
// What every search for a free interval of a space begins with (4.8).
#pragma once

#include "mm/internal.h"

/// True if nothing is mapped in [addr, addr + len); `vma` is the first area that ends above addr.
inline bool fits_below(const vm_area_struct* vma, ulong addr, ulong len) {
    return !vma || addr + len <= vma->vm_start;
}

/// The caller's wish, if that place is free; else 0.
inline ulong try_hint(mm_struct* mm, ulong addr, ulong len) {
    addr = PAGE_ALIGN(addr);
    if (addr == 0 || TASK_SIZE - len < addr) return 0;
    return fits_below(find_vma(mm, addr), addr, len) ? addr : 0;
}
