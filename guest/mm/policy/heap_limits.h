// SPDX-License-Identifier: GPL-2.0-or-later
// Where the heap may end (4.13): two ways to limit it. `limit` is RLIMIT_DATA in bytes, or RLIM_INFINITY.
#pragma once

#include "kernel/signal.h"
#include "mm/mm_types.h"

/// Never below its start; and the limit, of heap and data segment together, is asked whatever brk does.
struct heap_above_its_start {
    static ulong lowest(const mm_struct* mm) { return mm->start_brk; }
    static bool may_end_at(const mm_struct* mm, ulong brk, ulong limit) {
        if (brk < lowest(mm)) return false;
        return limit == RLIM_INFINITY || (brk - mm->start_brk) + (mm->end_data - mm->start_data) <= limit;
    }
    /// The same, when pages are to be added.
    static bool may_grow_to(const mm_struct*, ulong, ulong) { return true; }
};

/// Anywhere above the code; the limit, from the start of the data segment on, is asked for growth alone.
struct heap_above_the_code {
    static ulong lowest(const mm_struct* mm) { return mm->end_code; }
    static bool may_end_at(const mm_struct* mm, ulong brk, ulong) { return brk >= lowest(mm); }
    static bool may_grow_to(const mm_struct* mm, ulong brk, ulong limit) {
        return limit == RLIM_INFINITY || brk - mm->start_data <= limit;
    }
};
