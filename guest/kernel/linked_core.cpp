// SPDX-License-Identifier: GPL-2.0-or-later
// Stopping everybody who uses an address space until its core file is written: each enters itself in the
// dump's state.
#include "kernel/core_threads.h"
#include "kernel/sched.h"
#include "mm/mm.h"

int linked_core_state::stop_others(mm_struct* mm, core_state* state, int exit_code) {
    init_completion(&state->startup);
    state->dumper = {current, nullptr};
    mm->core_state = state;
    const int waiters = zap_threads(mm, exit_code);
    atomic_set(&state->nr_threads, waiters);
    if (waiters < 0) mm->core_state = nullptr;
    up_write(&mm->mmap_sem);
    if (waiters < 0) return waiters;
    release_vfork_parent();
    if (waiters) wait_for_completion(&state->startup);
    return waiters;
}

void linked_core_state::let_go(mm_struct* mm) {
    down_write(&mm->mmap_sem);
    core_thread* next = mm->core_state->dumper.next;
    mm->core_state = nullptr;
    up_write(&mm->mmap_sem);
    while (next) {
        task_struct* waiting = next->task;
        core_thread* following = next->next;  // the thread's stack is its own again as soon as it is told
        next->task = nullptr;
        wake_up_process(waiting);
        next = following;
    }
}

void linked_core_state::wait(mm_struct* mm) {
    core_state* state = mm->core_state;
    if (!state) return;
    up_read(&mm->mmap_sem);
    core_thread self{current, nullptr};
    self.next = __atomic_exchange_n(&state->dumper.next, &self, __ATOMIC_SEQ_CST);
    if (atomic_dec_and_test(&state->nr_threads)) complete(&state->startup);
    for (;;) {
        current->state = TASK_UNINTERRUPTIBLE;
        if (!__atomic_load_n(&self.task, __ATOMIC_SEQ_CST)) break;
        schedule();
    }
    current->state = TASK_RUNNING;
    down_read(&mm->mmap_sem);
}

linked_core_state::threads::threads(const mm_struct* mm) : at(&mm->core_state->dumper) {}

task_struct* linked_core_state::threads::next() {
    if (!at) return nullptr;
    task_struct* task = at->task;
    at = at->next;
    return task;
}
