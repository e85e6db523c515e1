// SPDX-License-Identifier: GPL-2.0-or-later
// A task gives its address space back (4.6).
#include "arch/uaccess.h"
#include "kernel/sched.h"
#include "mm/internal.h"

void mm_release(task_struct* task, mm_struct* mm) {
    if (completion* vfork_done = task->vfork_done) {
        task->vfork_done = nullptr;
        complete(vfork_done);
    }
    if (task->clear_child_tid && !(task->flags & PF_SIGNALED) && mm && atomic_read(&mm->mm_users) > 1) {
        put_user(0, task->clear_child_tid);  // a bad address is the program's own affair
        task->clear_child_tid = nullptr;
    }
}

void exit_mm(task_struct* task) {
    mm_struct* mm = task->mm;
    mm_release(task, mm);
    if (!mm) return;
    // A dump that begins finds this task either with its mm, and waits for it here, or without.
    down_read(&mm->mmap_sem);
    core_dumping::wait(mm);
    validate_mm(mm);
    area_stats::before_rss_falls(mm);
    area_stats::before_vm_falls(mm);
    mmgrab(mm);  // it stays loaded until the last switch away from this task
    BUG_ON(mm != task->active_mm);
    task_lock(task);
    task->mm = nullptr;
    enter_lazy_tlb(mm, task);
    task_unlock(task);
    up_read(&mm->mmap_sem);
    space_owner::update_next(mm);
    mmput(mm);
}
