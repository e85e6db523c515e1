// SPDX-License-Identifier: GPL-2.0-or-later
// How the kernel learns that a program has written to a page of a file through a shared area (4.17): two
// ways.
#pragma once

#include "mm/mm_types.h"

/// The first write to each clean page faults, and the page is dirty from then on; writing it back makes its
/// entries clean and read-only again.
struct writes_fault {
    static constexpr bool noticed = true;
    /// msync: a file's dirty pages are known.
    static void collect(vm_area_struct*, ulong, ulong) {}
};

/// The processor notes it in the entry. The page hears of it when the entry goes, or by msync.
struct writes_mark_entries {
    static constexpr bool noticed = false;
    /// msync: the dirty bits of [start, end), which lies in the area, move to the pages. mmap_sem is held.
    static void collect(vm_area_struct* vma, ulong start, ulong end);
};
