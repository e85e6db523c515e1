// SPDX-License-Identifier: GPL-2.0-or-later
// Stopping everybody who uses an address space until its core file is written.
#include "kernel/core_state.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "mm/mm.h"

namespace {

/// Every other thread of `start`'s process that still has its mm. siglock held.
int zap_process(task_struct* start, int exit_code) {
    assert_spin_locked(&start->sighand->siglock);
    start->signal->group_exit = true;
    start->signal->group_exit_code = exit_code;
    int killed = 0;
    task_struct* thread = start;
    do {
        if (thread != current && thread->mm) {
            thread->pending.signal |= sigmask(SIGKILL);
            signal_wake_up(thread);
            killed++;
        }
        thread = next_thread(thread);
    } while (thread != start);
    return killed;
}

/// The processes that share the mm without being threads of this one (vfork, CLONE_VM).
int zap_sharers(const mm_struct* mm, int exit_code) {
    int killed = 0;
    spin_guard tasks(&tasklist_lock);
    task_struct* leader;
    for_each_process(leader) {
        if (leader == current->group_leader || (leader->flags & PF_KTHREAD)) continue;
        task_struct* thread = leader;
        do {
            if (thread->mm == mm) {
                spin_guard_irq guard(&thread->sighand->siglock);
                killed += zap_process(thread, exit_code);
                break;
            }
            thread = next_thread(thread);
        } while (thread != leader);
    }
    return killed;
}

/// How many tasks must stop, or -EAGAIN: the process ends or changes its program already. Nobody leaves the
/// mm unseen: exit_mm needs mmap_sem, which is held for writing.
int zap_threads(mm_struct* mm, core_state* state, int exit_code) {
    assert_held_write(&mm->mmap_sem);
    int killed;
    {
        spin_guard_irq guard(&current->sighand->siglock);
        if (current->signal->group_exit || current->signal->group_exec_task) return -EAGAIN;
        mm->core_state = state;
        killed = zap_process(current, exit_code);
    }
    if (atomic_read(&mm->mm_users) != killed + 1) killed += zap_sharers(mm, exit_code);
    atomic_set(&state->nr_threads, killed);
    return killed;
}

}  // namespace

int linked_core_state::stop_others(mm_struct* mm, core_state* state, int exit_code) {
    init_completion(&state->startup);
    state->dumper = {current, nullptr};
    const int waiters = zap_threads(mm, state, exit_code);
    up_write(&mm->mmap_sem);
    if (waiters < 0) return waiters;
    if (completion* vfork_done = current->vfork_done) {  // the parent is among those who must stop
        current->vfork_done = nullptr;
        complete(vfork_done);
    }
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

const core_thread* linked_core_state::threads(const mm_struct* mm) {
    return &mm->core_state->dumper;
}
