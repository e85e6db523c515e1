// SPDX-License-Identifier: GPL-2.0-or-later
// Statistics of a space for /proc (4.31): pages by the kind of their area, and the peaks, which are raised as
// the space and its resident pages grow (D-14).
#pragma once

#include "mm/policy/kind_stats.h"

struct growing_stats : kind_counts {
    /// The child of a fork begins with what it has.
    static void fork(mm_struct* mm) {
        mm->hiwater_rss = mm->rss;
        mm->hiwater_vm = mm->total_vm;
    }
    /// fork: the child does without an area of its parent, whose pages stay in total_vm.
    static void left_out(mm_struct* mm, ulong flags, const file* filp, ulong pages) {
        account(mm, flags, filp, -static_cast<long>(pages));
    }
    /// Debug build: may total_vm be this, if the areas have so many pages (INV-08)?
    static bool total_fits(ulong total_vm, ulong pages) { return total_vm >= pages; }

    static ulong peak_rss(const mm_struct* mm) { return mm->hiwater_rss; }
    static ulong peak_vm(const mm_struct* mm) { return mm->hiwater_vm; }
    static void after_vm_grew(mm_struct* mm) { mm->hiwater_vm = max(mm->hiwater_vm, mm->total_vm); }
    static void before_rss_falls(mm_struct*) {}
    static void before_vm_falls(mm_struct*) {}
    /// For mremap, which has both places of an area for a moment: that is a peak here.
    static ulong remembered(const mm_struct*) { return 0; }
    static void restore(mm_struct*, ulong) {}
};
