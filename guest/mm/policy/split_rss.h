// SPDX-License-Identifier: GPL-2.0-or-later
// Resident pages: two counters, of files' frames and of anonymous ones. The zero page and raw frames are in
// neither (vm_normal_page).
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"

struct split_rss {
    static void reset(mm_struct* mm) { mm->_file_rss = mm->_anon_rss = 0; }
    /// A new space, or the copy that fork begins with; fork has copied an entry for `p`.
    static void init(mm_struct* mm) { reset(mm); }
    static void copied(mm_struct* mm, const page* p) { add(mm, p); }
    static ulong total(const mm_struct* mm) { return mm->_file_rss + mm->_anon_rss; }
    /// What of the total others could see, too: "shared" of /proc/PID/statm.
    static ulong shared(const mm_struct* mm) { return mm->_file_rss; }

    /// An entry for `p` comes or goes. The frame has its reverse map already, or still: it knows what it is.
    static void add(mm_struct* mm, const page* p) { counter(mm, p)++; }
    static void sub(mm_struct* mm, const page* p) { counter(mm, p)--; }

    /// Debug build: panics unless the counters are what the page tables add up to (INV-11).
    static void validate(const mm_struct* mm, ulong anon, ulong file);

  private:
    static mm_counter_t& counter(mm_struct* mm, const page* p) {
        assert_spin_locked(&mm->page_table_lock);
        return PageAnon(p) ? mm->_anon_rss : mm->_file_rss;
    }
};
