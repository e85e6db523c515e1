// SPDX-License-Identifier: GPL-2.0-or-later
// In which order spaces give pages up: round and round the list of spaces, from swap_mm on, until 32 pages
// are out. A space that is through is marked, and passed once (4.21).
#pragma once

#include "mm/policy/all_spaces.h"

/// Takes up to `goal` pages out of the space, from its swap_address on. How many are left to do. The caller
/// keeps the space from ending. policy/virtual_scan.cpp
ulong swap_out_mm(mm_struct* mm, ulong goal);

struct scan_rounds {
    /// mm->swap_address of a space that is through.
    static constexpr ulong finished = TASK_SIZE;
    /// Areas with one of these flags are not looked at.
    static constexpr ulong passed_over = VM_RESERVED;
    static void scan(unsigned priority);
};
