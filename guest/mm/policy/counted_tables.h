// SPDX-License-Identifier: GPL-2.0-or-later
// The page tables of the user half are counted, for /proc and for who looks for a process to end.
#pragma once

#include "mm/mm_types.h"

struct counted_tables {
    static constexpr bool counted = true;
    static void reset(mm_struct* mm) { mm->nr_ptes = 0; }
    // page_table_lock held.
    static void add(mm_struct* mm) { mm->nr_ptes++; }
    static void sub(mm_struct* mm) { mm->nr_ptes--; }
    static ulong count(const mm_struct* mm) { return mm->nr_ptes; }
};
