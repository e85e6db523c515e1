// SPDX-License-Identifier: GPL-2.0-or-later
// A dump in progress: who writes it, and who has stopped for it.
#pragma once

#include "kernel/wait.h"
#include "lib/atomic.h"

struct task_struct;

/// A thread of the dumped address space that has stopped in exit_mm. It lives on that thread's kernel stack.
struct core_thread {
    task_struct* task;  // null: go on
    core_thread* next;
};
/// mm_struct::core_state, from linked_core_state::stop_others until let_go. It lives on the dumping task's
/// kernel stack. Written under mmap_sem held for writing.
struct core_state {
    atomic_t nr_threads;  // who has not stopped yet
    core_thread dumper;   // the head of the list of those who have
    completion startup;   // nobody is left
};
