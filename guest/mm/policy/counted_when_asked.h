// SPDX-License-Identifier: GPL-2.0-or-later
// Statistics of a space for /proc (4.31): the areas are counted whenever somebody asks; peaks are not
// recorded.
#pragma once

#include "mm/mm_types.h"

struct counted_when_asked {
    static constexpr bool shows_peaks = false;  // in /proc
    static void account(mm_struct*, ulong, const file*, long) {}
    /// fork: the child does without an area of its parent, but its size stays.
    static void left_out(mm_struct*, ulong, const file*, ulong) {}
    /// Debug build: may total_vm be this, if the areas have so many pages (INV-08)?
    static bool total_fits(ulong total_vm, ulong pages) { return total_vm >= pages; }
    static void exec(mm_struct*) {}
    static void fork(mm_struct*) {}

    // In pages. mmap_sem is held at least for reading, or nobody else knows the space.
    static ulong data(const mm_struct* mm);   // what no file backs
    static ulong stack(const mm_struct* mm);  // what grows downwards
    static ulong code(const mm_struct* mm);   // what files lend for running
    static ulong reserved(const mm_struct*) { return 0; }

    static ulong peak_rss(const mm_struct* mm) { return mm->rss; }
    static ulong peak_vm(const mm_struct* mm) { return mm->total_vm; }
    static void after_vm_grew(mm_struct*) {}
    static void before_rss_falls(mm_struct*) {}
    static void before_vm_falls(mm_struct*) {}
    static ulong remembered(const mm_struct*) { return 0; }
    static void restore(mm_struct*, ulong) {}
    static void validate(const mm_struct*, ulong, ulong, ulong, ulong) {}
};
