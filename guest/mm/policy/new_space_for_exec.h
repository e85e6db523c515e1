// SPDX-License-Identifier: GPL-2.0-or-later
// exec always makes a new space, and the old one loses a user (4.6).
#pragma once

#include "mm/mm_types.h"

struct new_space_for_exec {
    /// May the new program have the space itself that current has?
    static bool reuses(const mm_struct*) { return false; }
    /// Gives `old_mm`, which is reused, the stack of `mm`, whose last user goes.
    static void move_in(mm_struct*, mm_struct*) {}

    /// A new program begins without MCL_FUTURE.
    static void begin(mm_struct* mm) { mm->def_flags = 0; }
    /// Flags of the stack besides its own, and pages below what the strings take.
    static ulong stack_flags(const mm_struct* mm) { return mm->def_flags; }
    static constexpr ulong extra_stack_pages = 20;
};
