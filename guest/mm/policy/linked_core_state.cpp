// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of a dump in progress.
#include "mm/policy/linked_core_state.h"

#include "kernel/sched.h"
#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

/// It is set and cleared under mmap_sem held for writing, so whoever checks sees all of it.
void linked_core_state::validate(const mm_struct* mm) {
    const core_state* state = mm->core_state;
    if (!state) return;
    const task_struct* task = state->dumper.task;
    require(task && task->mm == mm, "INV-44", mm, "dumping task", reinterpret_cast<ulong>(task),
            reinterpret_cast<ulong>(mm));
    const ulong at = reinterpret_cast<ulong>(state), stack = reinterpret_cast<ulong>(task->stack);
    require(at - stack < THREAD_SIZE, "INV-44", mm, "core_state", at, stack);
}

#endif
