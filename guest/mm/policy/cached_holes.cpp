// SPDX-License-Identifier: GPL-2.0-or-later
// What the search for free intervals is told and how it is checked.
#include "mm/policy/cached_holes.h"

#include "mm/audit.h"

void cached_holes::choose(mm_struct* mm) {
    arch_pick_mmap_layout(mm);
}

/// The function is told the edge of the hole that is there now. A bottom-up search begins at mmap_base,
/// wherever the hole does.
void cached_holes::released(mm_struct* mm, const vm_area_struct* prev, const vm_area_struct* next,
                            ulong end) {
    ulong edge = mm->mmap_base;
    if (mm->unmap_area == arch_unmap_area) {
        if (prev && (prev->vm_end >= edge || end <= edge)) edge = prev->vm_end;
    } else {
        if (next) edge = next->vm_start;
    }
    mm->unmap_area(mm, edge);
}

#ifdef CONFIG_DEBUG_VM

namespace {

ulong largest_hole_below(const mm_struct* mm, ulong limit) {
    ulong largest = 0, from = TASK_UNMAPPED_BASE;
    for (const vm_area_struct* vma = mm->mmap; vma && from < limit; vma = vma->vm_next) {
        if (vma->vm_start > from) largest = max(largest, min(vma->vm_start, limit) - from);
        from = max(from, vma->vm_end);
    }
    return largest;
}

}  // namespace

void cached_holes::validate(const mm_struct* mm) {
    if (!mm->get_unmapped_area) return;  // exec has not chosen a layout yet
    const bool up = mm->get_unmapped_area == arch_get_unmapped_area;
    const bool pair = mm->unmap_area == (up ? arch_unmap_area : arch_unmap_area_topdown);
    require(pair && up == (mm->mmap_base == TASK_UNMAPPED_BASE), "INV-34", mm, "mmap_base", mm->mmap_base,
            up);
    const ulong cache = mm->free_area_cache;
    if (!up) {
        require(cache <= mm->mmap_base, "INV-33", mm, "free_area_cache", cache, mm->mmap_base);
        return;
    }
    require(cache >= TASK_UNMAPPED_BASE, "INV-33", mm, "free_area_cache", cache, TASK_UNMAPPED_BASE);
    const ulong hole = largest_hole_below(mm, cache);
    require(mm->cached_hole_size >= hole, "INV-33", mm, "cached_hole_size", mm->cached_hole_size, hole);
}

#endif
