// SPDX-License-Identifier: GPL-2.0-or-later
// A space that nobody else uses is emptied by exec and goes on as that of the new program: with its page
// directory, what mlockall said of the future, and where the scan for pages to swap out was (4.6).
#pragma once

#include "lib/atomic.h"
#include "mm/mm_types.h"

struct same_space_for_exec {
    static bool reuses(const mm_struct* mm) { return atomic_read(&mm->mm_users) == 1; }
    static void move_in(mm_struct* old_mm, mm_struct* mm);

    static void begin(mm_struct*) {}
    static ulong stack_flags(const mm_struct*) { return 0; }
    static constexpr ulong extra_stack_pages = 0;
};
