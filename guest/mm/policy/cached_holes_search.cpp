// SPDX-License-Identifier: GPL-2.0-or-later
// The search for free intervals that knows the largest hole it would pass over (4.8).
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/layout.h"

namespace {

void note_hole(mm_struct* mm, ulong addr, const vm_area_struct* above) {
    if (addr < above->vm_start) mm->cached_hole_size = max(mm->cached_hole_size, above->vm_start - addr);
}

/// First fit from `addr` upwards; 0 if there is none below TASK_SIZE.
ulong search_up(mm_struct* mm, ulong addr, ulong len) {
    for (vm_area_struct* vma = find_vma(mm, addr); addr <= TASK_SIZE - len; vma = vma->vm_next) {
        if (fits_below(vma, addr, len)) {
            mm->free_area_cache = addr + len;
            return addr;
        }
        note_hole(mm, addr, vma);
        addr = vma->vm_end;
    }
    return 0;
}

/// First fit downwards, the last byte below mmap_base; 0 if there is none.
ulong search_down(mm_struct* mm, ulong len) {
    if (mm->mmap_base < len) return 0;
    ulong addr = mm->mmap_base - len;
    for (;;) {
        const vm_area_struct* vma = find_vma(mm, addr);
        if (fits_below(vma, addr, len)) return mm->free_area_cache = addr;
        note_hole(mm, addr, vma);
        if (len >= vma->vm_start) return 0;
        addr = vma->vm_start - len;
    }
}

}  // namespace

ulong arch_get_unmapped_area(file*, ulong addr, ulong len, ulong, ulong flags) {
    mm_struct* mm = current->mm;
    if (len > TASK_SIZE) return -ENOMEM;
    if (flags & MAP_FIXED) return addr;
    if (const ulong hint = try_hint(mm, addr, len)) return hint;

    ulong start = mm->free_area_cache;
    if (len <= mm->cached_hole_size) {
        start = TASK_UNMAPPED_BASE;
        mm->cached_hole_size = 0;
    }
    ulong found = search_up(mm, start, len);
    if (!found && start != TASK_UNMAPPED_BASE) {
        mm->cached_hole_size = 0;
        found = search_up(mm, TASK_UNMAPPED_BASE, len);
    }
    return found ? found : -ENOMEM;
}

ulong arch_get_unmapped_area_topdown(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags) {
    mm_struct* mm = current->mm;
    if (len > TASK_SIZE) return -ENOMEM;
    if (flags & MAP_FIXED) return addr;
    if (const ulong hint = try_hint(mm, addr, len)) return hint;

    if (len <= mm->cached_hole_size) {
        mm->cached_hole_size = 0;
        mm->free_area_cache = mm->mmap_base;
    }
    if (mm->free_area_cache > len) {
        const ulong below = mm->free_area_cache - len;
        if (fits_below(find_vma(mm, below), below, len)) return mm->free_area_cache = below;
    }
    if (const ulong found = search_down(mm, len)) return found;

    // Nothing below mmap_base: the space between it and the stack is tried, too, upwards.
    mm->cached_hole_size = cached_holes::kUnknown;
    mm->free_area_cache = TASK_UNMAPPED_BASE;
    const ulong found = arch_get_unmapped_area(filp, 0, len, pgoff, flags);
    mm->free_area_cache = mm->mmap_base;
    mm->cached_hole_size = cached_holes::kUnknown;
    return found;
}

void arch_unmap_area(mm_struct* mm, ulong addr) {
    if (addr >= TASK_UNMAPPED_BASE && addr < mm->free_area_cache) {
        mm->free_area_cache = addr;
        mm->cached_hole_size = cached_holes::kUnknown;
    }
}

void arch_unmap_area_topdown(mm_struct* mm, ulong addr) {
    mm->free_area_cache = min(max(mm->free_area_cache, addr), mm->mmap_base);
}
