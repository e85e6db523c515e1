// SPDX-License-Identifier: GPL-2.0-or-later
// While a space is dumped its users are counted down as they stop, and wait for the descriptor's own
// completion (4.26). Everything under mmap_sem held for writing.
#pragma once

#include "kernel/wait.h"
#include "mm/mm_types.h"
#include "mm/policy/stopped_areas.h"

struct core_waiters : stopped_areas {
    /// The dumping task's part: what the last one to stop tells. On its kernel stack.
    struct dump {
        completion startup;
    };

    static void init(mm_struct* mm) { mm->core_waiters = 0; }
    /// mmap_sem is held at least for reading.
    static bool in_progress(const mm_struct* mm) { return mm->core_waiters != 0; }

    /// Everybody else who uses current's space dies and is waited for; nobody dumps it again. How many, or
    /// -EAGAIN: the process ends or changes its program already. mmap_sem, held for writing, is given up.
    static int stop_others(mm_struct* mm, dump* state, int exit_code);
    /// The dump is written: those who have stopped go on to their ends.
    static void let_go(mm_struct* mm);
    /// exit_mm's part: current stops until the dump of `mm` is written, if one has begun. mmap_sem is held
    /// for reading; it is given up while the task waits.
    static void wait(mm_struct* mm);
    /// Those whose registers stand still: all who have the space, the dumping task first.
    struct threads {
        explicit threads(const mm_struct* mm);
        task_struct* next();  // null: that was all
        const mm_struct* space;
        task_struct* last;
    };

    /// Debug build: panics if somebody is waited for and nobody is to be told (INV-44).
    static void validate(const mm_struct* mm);
};
