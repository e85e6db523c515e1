// SPDX-License-Identifier: GPL-2.0-or-later
// The search for free intervals: upwards from TASK_UNMAPPED_BASE, the first one that is large enough (4.8). A
// space remembers nothing of it.
#pragma once

#include "mm/mm_types.h"

struct first_fit {
    static void init(mm_struct*) {}
    static void fork(mm_struct*, const mm_struct*) {}
    static void exec(mm_struct*) {}
    static void choose(mm_struct*) {}

    /// Where user space ends.
    static void set_limit(mm_struct*, ulong) {}
    static ulong limit(const mm_struct*) { return TASK_SIZE; }

    /// The place for an area in current's space, or -errno. A hint is taken if the interval there is free.
    static ulong find(mm_struct* mm, file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
    static void released(mm_struct*, const vm_area_struct*, const vm_area_struct*, ulong) {}
    static void area_released(mm_struct*, vm_area_struct*) {}

    struct memory {};
    static memory remembered(const mm_struct*) { return {}; }
    static void restore(mm_struct*, const memory&) {}
    static void validate(const mm_struct*) {}

    /// The first free interval of `len` bytes at or behind `from`, or -ENOMEM.
    static ulong search(mm_struct* mm, ulong from, ulong len);
};

/// A hint is where the search begins.
struct first_fit_from_hint : first_fit {
    static ulong find(mm_struct* mm, file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
};
