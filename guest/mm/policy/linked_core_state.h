// SPDX-License-Identifier: GPL-2.0-or-later
// While a space is dumped it points to the dump's state, where each of its threads enters itself when it
// stops (4.26, kernel/core_state.h).
#pragma once

#include "kernel/core_state.h"
#include "mm/mm_types.h"
#include "mm/policy/stopped_areas.h"

struct linked_core_state : stopped_areas {
    using dump = core_state;

    static void init(mm_struct* mm) { mm->core_state = nullptr; }
    /// mmap_sem is held at least for reading.
    static bool in_progress(const mm_struct* mm) { return mm->core_state != nullptr; }

    /// Everybody else who uses current's space dies and is waited for. How many, or -EAGAIN: the process ends
    /// or changes its program already. mmap_sem, held for writing, is given up.
    static int stop_others(mm_struct* mm, core_state* state, int exit_code);
    /// The dump is written: those who have stopped go on to their ends.
    static void let_go(mm_struct* mm);
    /// exit_mm's part: current stops until the dump of `mm` is written, if one has begun. mmap_sem is held
    /// for reading; it is given up while the task waits.
    static void wait(mm_struct* mm);
    /// Those whose registers stand still: the thread that dumps, first, and those that have stopped.
    struct threads {
        explicit threads(const mm_struct* mm);
        task_struct* next();  // null: that was all
        const core_thread* at;
    };

    /// Debug build: panics if the state is not that of a task that dumps this space (INV-44).
    static void validate(const mm_struct* mm);
};
