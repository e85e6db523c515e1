// SPDX-License-Identifier: GPL-2.0-or-later
// Statistics of a space for /proc (4.31): pages by the kind of their area (shared_vm, exec_vm, stack_vm,
// reserved_vm), and the peaks of the space and of its resident pages (hiwater_*), which are recorded just
// before a decrease (D-14). mmap_sem is held for writing, for the resident pages at least for reading.
#pragma once

#include "mm/mm_types.h"

struct kind_counts {
    static constexpr bool shows_peaks = true;  // in /proc
    /// Adds `pages` (may be negative) as the area's kind demands.
    static void account(mm_struct* mm, ulong flags, const file* filp, long pages);
    /// fork: the child does without an area of its parent.
    static void left_out(mm_struct* mm, ulong flags, const file* filp, ulong pages) {
        mm->total_vm -= pages;
        account(mm, flags, filp, -static_cast<long>(pages));
    }
    /// Debug build: may total_vm be this, if the areas have so many pages (INV-08)?
    static bool total_fits(ulong total_vm, ulong pages) { return total_vm == pages; }
    /// exec has made the first area: one page of stack.
    static void exec(mm_struct* mm) { mm->stack_vm = 1; }

    // For /proc, in pages: data is all that no file backs, code all that files lend for running.
    static ulong data(const mm_struct* mm) { return mm->total_vm - mm->shared_vm; }
    static ulong stack(const mm_struct* mm) { return mm->stack_vm; }
    static ulong code(const mm_struct* mm) { return mm->exec_vm; }
    static ulong reserved(const mm_struct* mm) { return mm->reserved_vm; }

    /// Debug build: panics unless the statistics are what the areas add up to (INV-35).
    static void validate(const mm_struct* mm, ulong shared, ulong exec, ulong stack, ulong reserved);
};

/// `Rss`: the edition's counters of resident pages.
template <class Rss>
struct kind_stats : kind_counts {
    /// The child of a fork begins with what it has.
    static void fork(mm_struct* mm) {
        mm->hiwater_rss = Rss::total(mm);
        mm->hiwater_vm = mm->total_vm;
    }

    static ulong peak_rss(const mm_struct* mm) { return max(mm->hiwater_rss, Rss::total(mm)); }
    static ulong peak_vm(const mm_struct* mm) { return max(mm->hiwater_vm, mm->total_vm); }
    static void after_vm_grew(mm_struct*) {}
    static void before_rss_falls(mm_struct* mm) { mm->hiwater_rss = peak_rss(mm); }
    static void before_vm_falls(mm_struct* mm) { mm->hiwater_vm = peak_vm(mm); }
    /// For mremap, which has both places of an area for a moment: that is no peak.
    static ulong remembered(const mm_struct* mm) { return mm->hiwater_vm; }
    static void restore(mm_struct* mm, ulong before) { mm->hiwater_vm = before; }
};
