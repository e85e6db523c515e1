// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel thread works in a process's address space for a while, as the workers of asynchronous input and
// output do.
#include "kernel/sched.h"
#include "mm/internal.h"

/// The thread's reference counts in mm_count, not in mm_users (INV-13, INV-14): the space may end meanwhile,
/// its structure may not.
void use_mm(mm_struct* mm) {
    task_struct* task = current;
    BUG_ON(task->mm || !(task->flags & PF_KTHREAD));
    task_lock(task);
    mm_struct* borrowed = task->active_mm;
    mmgrab(mm);
    task->mm = task->active_mm = mm;
    switch_mm(borrowed, mm, task);
    task_unlock(task);
    mmdrop(borrowed);
}

/// The reference goes on as that of a borrower, until the next switch.
void unuse_mm(mm_struct* mm) {
    task_struct* task = current;
    BUG_ON(task->mm != mm);
    task_lock(task);
    task->mm = nullptr;
    enter_lazy_tlb(mm, task);
    task_unlock(task);
}
