// SPDX-License-Identifier: GPL-2.0-or-later
// Resident pages: one counter, of files' frames and anonymous ones alike. The zero page and raw frames are
// not in it (vm_normal_page). It never falls below 0: a space that ends is at 0 before its pages go.
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"

struct one_rss {
    static void reset(mm_struct* mm) { mm->rss = 0; }
    /// A new space, or the copy that fork begins with; fork has copied an entry for `p`.
    static void init(mm_struct* mm) { reset(mm); }
    static void copied(mm_struct* mm, const page* p) { add(mm, p); }
    static ulong total(const mm_struct* mm) { return mm->rss; }
    /// What of the total others see, too, for /proc/PID/statm: frames that more than this entry holds.
    /// Counted when it is asked for, under page_table_lock (policy/shared_frames.cpp).
    static ulong shared(mm_struct* mm);

    /// An entry for a frame comes or goes.
    static void add(mm_struct* mm, const page*) {
        assert_spin_locked(&mm->page_table_lock);
        mm->rss++;
    }
    static void sub(mm_struct* mm, const page*) {
        assert_spin_locked(&mm->page_table_lock);
        if (mm->rss) mm->rss--;
    }

    /// Debug build: panics unless the counter is what the page tables add up to (INV-10).
    static void validate(const mm_struct* mm, ulong anon, ulong file);
};
