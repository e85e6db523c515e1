// SPDX-License-Identifier: GPL-2.0-or-later
// Resident pages: all of them, and how many of these are anonymous. The zero page and what is not counted
// (raw_frames) are in neither. The peak is raised with the counter (growing_stats).
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"

struct total_and_anon_rss {
    static void reset(mm_struct* mm) { mm->rss = mm->anon_rss = 0; }
    /// A new space, or the copy that fork begins with; fork has copied an entry for `p`.
    static void init(mm_struct* mm) { reset(mm); }
    static void copied(mm_struct* mm, const page* p) { add(mm, p); }
    static ulong total(const mm_struct* mm) { return mm->rss; }
    /// What of the total others could see, too: "shared" of /proc/PID/statm.
    static ulong shared(const mm_struct* mm) { return mm->rss - mm->anon_rss; }

    /// An entry for `p` comes or goes. The frame has its reverse map already, or still: it knows what it is.
    static void add(mm_struct* mm, const page* p) {
        assert_spin_locked(&mm->page_table_lock);
        mm->rss++;
        if (PageAnon(p)) mm->anon_rss++;
        mm->hiwater_rss = max(mm->hiwater_rss, mm->rss);
    }
    static void sub(mm_struct* mm, const page* p) {
        assert_spin_locked(&mm->page_table_lock);
        mm->rss--;
        if (PageAnon(p)) mm->anon_rss--;
    }

    /// Debug build: panics unless the counters are what the page tables add up to (INV-10, INV-11), and the
    /// peaks are none (INV-36).
    static void validate(const mm_struct* mm, ulong anon, ulong file);
};
