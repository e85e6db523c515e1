// SPDX-License-Identifier: GPL-2.0-or-later
// Stopping everybody who uses an address space until its core file is written: the descriptor counts them.
#include "kernel/core_threads.h"
#include "kernel/sched.h"
#include "mm/mm.h"

int core_waiters::stop_others(mm_struct* mm, dump* state, int exit_code) {
    init_completion(&state->startup);
    init_completion(&mm->core_done);
    mm->core_startup_done = &state->startup;
    const int waiters = zap_threads(mm, exit_code);
    if (waiters >= 0) {
        mm->core_waiters = waiters;
        dump_permission::set(mm, 0);
    }
    up_write(&mm->mmap_sem);
    if (waiters < 0) return waiters;
    release_vfork_parent();
    if (waiters) wait_for_completion(&state->startup);
    return waiters;
}

void core_waiters::let_go(mm_struct* mm) {
    down_write(&mm->mmap_sem);
    mm->core_startup_done = nullptr;  // it was on current's stack
    up_write(&mm->mmap_sem);
    complete_all(&mm->core_done);
}

void core_waiters::wait(mm_struct* mm) {
    if (!mm->core_waiters) return;
    up_read(&mm->mmap_sem);
    down_write(&mm->mmap_sem);
    if (--mm->core_waiters == 0) complete(mm->core_startup_done);
    up_write(&mm->mmap_sem);
    wait_for_completion(&mm->core_done);
    down_read(&mm->mmap_sem);
}

core_waiters::threads::threads(const mm_struct* mm) : space(mm), last(nullptr) {}

namespace {

/// The task behind `task`, process by process, each with its threads; null: that was the last one.
task_struct* task_behind(task_struct* task) {
    task_struct* thread = next_thread(task);
    if (thread != task->group_leader) return thread;
    task_struct* leader = list_entry(task->group_leader->tasks.next, task_struct, tasks);
    return leader == &init_task ? nullptr : leader;
}

}  // namespace

/// Nobody of them leaves the list: they wait in exit_mm, or write the dump.
task_struct* core_waiters::threads::next() {
    if (!last) return last = current;
    spin_guard guard(&tasklist_lock);
    task_struct* task =
        last == current ? list_entry(init_task.tasks.next, task_struct, tasks) : task_behind(last);
    while (task && (task->mm != space || task == current))
        task = task_behind(task);
    if (task) last = task;
    return task;
}
