// SPDX-License-Identifier: GPL-2.0-or-later
// The search for free intervals, from the bottom.
#include "mm/policy/first_fit.h"

#include "kernel/errno.h"
#include "mm/internal.h"

ulong first_fit::search(mm_struct* mm, ulong from, ulong len) {
    for (const vm_area_struct* vma = find_vma(mm, from);; vma = vma->vm_next) {
        if (from > TASK_SIZE - len) return -ENOMEM;
        if (!vma || from + len <= vma->vm_start) return from;
        from = vma->vm_end;
    }
}

ulong first_fit::find(mm_struct* mm, file*, ulong addr, ulong len, ulong, ulong flags) {
    if (flags & MAP_FIXED) return addr;
    if (len > TASK_SIZE) return -ENOMEM;
    addr = PAGE_ALIGN(addr);
    if (addr && addr <= TASK_SIZE - len && !find_vma_intersection(mm, addr, addr + len)) return addr;
    return search(mm, TASK_UNMAPPED_BASE, len);
}

ulong first_fit_from_hint::find(mm_struct* mm, file*, ulong addr, ulong len, ulong, ulong flags) {
    if (flags & MAP_FIXED) return addr;
    if (len > TASK_SIZE) return -ENOMEM;
    return search(mm, addr ? PAGE_ALIGN(addr) : TASK_UNMAPPED_BASE, len);
}
