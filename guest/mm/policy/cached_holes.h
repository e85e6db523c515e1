// SPDX-License-Identifier: GPL-2.0-or-later
// The search for free intervals: each space has its own functions (get_unmapped_area, unmap_area) and
// remembers where a search may begin, and the largest hole that it would pass over (4.8). The functions are
// in cached_holes_search.cpp.
#pragma once

#include "mm/mm_types.h"

ulong arch_get_unmapped_area(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
ulong arch_get_unmapped_area_topdown(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
void arch_unmap_area(mm_struct* mm, ulong addr);
void arch_unmap_area_topdown(mm_struct* mm, ulong addr);

struct cached_holes {
    /// A new space; fork's then gets what a child does not inherit.
    static void init(mm_struct* mm) {
        mm->free_area_cache = TASK_UNMAPPED_BASE;
        mm->cached_hole_size = kUnknown;
    }
    static void fork(mm_struct* mm, const mm_struct* oldmm) {
        mm->free_area_cache = oldmm->mmap_base;
        mm->cached_hole_size = kUnknown;
    }
    /// exec has dropped the old image; nothing but the stack is mapped.
    static void exec(mm_struct* mm) {
        mm->free_area_cache = mm->mmap_base;
        mm->cached_hole_size = 0;
    }

    /// exec: the functions and the place that fit the program's limits.
    static void choose(mm_struct* mm);

    /// Where user space ends.
    static void set_limit(mm_struct* mm, ulong end) { mm->task_size = end; }
    static ulong limit(const mm_struct* mm) { return mm->task_size; }

    /// The place for an area in current's space, or -errno.
    static ulong find(mm_struct* mm, file* filp, ulong addr, ulong len, ulong pgoff, ulong flags) {
        return mm->get_unmapped_area(filp, addr, len, pgoff, flags);
    }
    /// Areas up to `end` are gone: `prev` and `next` (null: none) are neighbours now.
    static void released(mm_struct* mm, const vm_area_struct* prev, const vm_area_struct* next, ulong end);

    /// The same of each of these areas, before its structure goes.
    static void area_released(mm_struct*, vm_area_struct*) {}

    /// What the search remembers. A place that was found and not used is a hole that it must not forget
    /// (INV-33): the caller restores what was before.
    struct memory {
        ulong hole, cache;
    };
    static memory remembered(const mm_struct* mm) {
        return {.hole = mm->cached_hole_size, .cache = mm->free_area_cache};
    }
    static void restore(mm_struct* mm, const memory& before) {
        mm->cached_hole_size = before.hole;
        mm->free_area_cache = before.cache;
    }

    /// Debug build: panics if a search could miss a hole (INV-33) or the two functions do not fit (INV-34).
    static void validate(const mm_struct* mm);

    static constexpr ulong kUnknown = ~0ul;  // cached_hole_size: any hole may exist
};
