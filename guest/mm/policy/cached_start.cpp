// SPDX-License-Identifier: GPL-2.0-or-later
// The search for free intervals that begins where the last one ended (4.8).
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/audit.h"
#include "mm/layout.h"

namespace {

/// First fit from `addr` upwards; 0 if there is none below TASK_SIZE.
ulong first_fit_above(mm_struct* mm, ulong addr, ulong len) {
    for (vm_area_struct* vma = find_vma(mm, addr); addr <= TASK_SIZE - len; vma = vma->vm_next) {
        if (fits_below(vma, addr, len)) {
            mm->free_area_cache = addr + len;
            return addr;
        }
        addr = vma->vm_end;
    }
    return 0;
}

/// First fit downwards from the start; the start moves down along with areas that lie against it. 0 if there
/// is none.
ulong first_fit_below(mm_struct* mm, ulong len) {
    if (mm->free_area_cache < len) return 0;
    ulong addr = (mm->free_area_cache - len) & PAGE_MASK;
    for (;;) {
        vm_area_struct* prev;
        const vm_area_struct* vma = find_vma_prev(mm, addr, &prev);
        if (!vma) return addr;
        if (addr + len <= vma->vm_start && (!prev || addr >= prev->vm_end)) return mm->free_area_cache = addr;
        if (mm->free_area_cache == vma->vm_end) mm->free_area_cache = vma->vm_start;
        if (len > vma->vm_start) return 0;
        addr = vma->vm_start - len;
    }
}

}  // namespace

void cached_start::choose(mm_struct* mm) {
    arch_pick_mmap_layout(mm);
}

ulong arch_get_unmapped_area(file*, ulong addr, ulong len, ulong, ulong flags) {
    mm_struct* mm = current->mm;
    if (len > TASK_SIZE) return -ENOMEM;
    if (flags & MAP_FIXED) return addr;
    if (const ulong hint = try_hint(mm, addr, len)) return hint;
    const ulong start = mm->free_area_cache;
    ulong found = first_fit_above(mm, start, len);
    if (!found && start != TASK_UNMAPPED_BASE) found = first_fit_above(mm, TASK_UNMAPPED_BASE, len);
    return found ? found : -ENOMEM;
}

ulong arch_get_unmapped_area_topdown(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags) {
    mm_struct* mm = current->mm;
    if (len > TASK_SIZE) return -ENOMEM;
    if (flags & MAP_FIXED) return addr;
    mm->free_area_cache = min(mm->free_area_cache, mm->mmap_base);
    if (const ulong hint = try_hint(mm, addr, len)) return hint;
    if (const ulong found = first_fit_below(mm, len)) return found;
    mm->free_area_cache = mm->mmap_base;
    if (const ulong found = first_fit_below(mm, len)) return found;

    // Nothing below mmap_base: the space between it and the stack is tried, too, upwards.
    mm->free_area_cache = TASK_UNMAPPED_BASE;
    const ulong found = arch_get_unmapped_area(filp, 0, len, pgoff, flags);
    mm->free_area_cache = mm->mmap_base;
    return found;
}

void arch_unmap_area(vm_area_struct* area) {
    mm_struct* mm = area->vm_mm;
    if (area->vm_start >= TASK_UNMAPPED_BASE && area->vm_start < mm->free_area_cache)
        mm->free_area_cache = area->vm_start;
}

void arch_unmap_area_topdown(vm_area_struct* area) {
    mm_struct* mm = area->vm_mm;
    mm->free_area_cache = max(mm->free_area_cache, area->vm_end);
}

#ifdef CONFIG_DEBUG_VM

/// A top-down start may lie above mmap_base, where an area of the stack's side was unmapped: the next search
/// clips it.
void cached_start::validate(const mm_struct* mm) {
    if (!mm->get_unmapped_area) return;  // exec has not chosen a layout yet
    const bool up = mm->get_unmapped_area == arch_get_unmapped_area;
    const bool pair = mm->unmap_area == (up ? arch_unmap_area : arch_unmap_area_topdown);
    require(pair && up == (mm->mmap_base == TASK_UNMAPPED_BASE), "INV-34", mm, "mmap_base", mm->mmap_base,
            up);
    if (up)
        require(mm->free_area_cache >= TASK_UNMAPPED_BASE, "INV-33", mm, "free_area_cache",
                mm->free_area_cache, TASK_UNMAPPED_BASE);
}

#endif
