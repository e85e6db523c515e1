// SPDX-License-Identifier: GPL-2.0-or-later
// The search for free intervals: each space has its own functions (get_unmapped_area, unmap_area) and
// remembers where a search may begin (4.8). What it passes over it forgets, until it comes by again.
#pragma once

#include "mm/mm_types.h"

ulong arch_get_unmapped_area(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
ulong arch_get_unmapped_area_topdown(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
void arch_unmap_area(vm_area_struct* area);
void arch_unmap_area_topdown(vm_area_struct* area);

struct cached_start {
    /// A new space; fork's then gets what a child does not inherit.
    static void init(mm_struct* mm) { mm->free_area_cache = TASK_UNMAPPED_BASE; }
    static void fork(mm_struct* mm, const mm_struct* oldmm) { mm->free_area_cache = oldmm->mmap_base; }
    /// exec has dropped the old image; nothing but the stack is mapped.
    static void exec(mm_struct* mm) { mm->free_area_cache = mm->mmap_base; }
    /// exec: the functions and the place that fit the program's limits.
    static void choose(mm_struct* mm);

    /// Where user space ends: for all in the same place.
    static void set_limit(mm_struct*, ulong) {}
    static ulong limit(const mm_struct*) { return TASK_SIZE; }

    /// The place for an area in current's space, or -errno.
    static ulong find(mm_struct* mm, file* filp, ulong addr, ulong len, ulong pgoff, ulong flags) {
        return mm->get_unmapped_area(filp, addr, len, pgoff, flags);
    }
    /// Areas up to `end` are gone: nothing to do but for each of them, before its structure goes.
    static void released(mm_struct*, const vm_area_struct*, const vm_area_struct*, ulong) {}
    static void area_released(mm_struct* mm, vm_area_struct* vma) { mm->unmap_area(vma); }

    /// A place that was found and not used is looked at again when the search comes round.
    struct memory {};
    static memory remembered(const mm_struct*) { return {}; }
    static void restore(mm_struct*, const memory&) {}

    /// Debug build: panics if the start is where none can be (INV-33) or the two functions do not fit
    /// (INV-34).
    static void validate(const mm_struct* mm);
};
