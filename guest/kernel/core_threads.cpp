// SPDX-License-Identifier: GPL-2.0-or-later
// Stopping everybody who uses an address space until its core file is written.
#include "kernel/core_threads.h"

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

}  // namespace

int zap_threads(const mm_struct* mm, int exit_code) {
    assert_held_write(&mm->mmap_sem);
    int killed;
    {
        spin_guard_irq guard(&current->sighand->siglock);
        if (current->signal->group_exit || current->signal->group_exec_task) return -EAGAIN;
        killed = zap_process(current, exit_code);
    }
    if (atomic_read(&mm->mm_users) != killed + 1) killed += zap_sharers(mm, exit_code);
    return killed;
}

void release_vfork_parent() {
    completion* vfork_done = current->vfork_done;
    if (!vfork_done) return;
    current->vfork_done = nullptr;
    complete(vfork_done);
}
