// SPDX-License-Identifier: GPL-2.0-or-later
// A task gives its address space back; another of its users becomes the owner (4.6, 4.27).
#include "arch/uaccess.h"
#include "kernel/coredump.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

/// Threads first: they are the likeliest to share the space. Then everybody. tasklist_lock held.
task_struct* find_user_of(const mm_struct* mm) {
    task_struct* leader;
    for_each_process(leader) {
        task_struct* thread = leader;
        do {
            if (thread != current && thread->mm == mm) return thread;
            thread = next_thread(thread);
        } while (thread != leader);
    }
    return nullptr;
}

task_struct* find_new_owner(const mm_struct* mm) {
    task_struct* task;
    list_for_each_entry(task, &current->children, sibling) {
        if (task->mm == mm) return task;
    }
    if (current->real_parent) {
        list_for_each_entry(task, &current->real_parent->children, sibling) {
            if (task != current && task->mm == mm) return task;
        }
    }
    return find_user_of(mm);
}

}  // namespace

/// Nobody is left if only a passing reader (/proc) holds the space: then it has no owner.
void mm_update_next_owner(mm_struct* mm) {
    if (mm->owner != current || atomic_read(&mm->mm_users) <= 1) return;
    down_write(&mm->mmap_sem);
    spin_lock(&tasklist_lock);
    task_struct* heir = find_new_owner(mm);
    if (heir) task_lock(heir);
    mm->owner = heir && heir->mm == mm ? heir : nullptr;
    if (heir) task_unlock(heir);
    spin_unlock(&tasklist_lock);
    up_write(&mm->mmap_sem);
}

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
    wait_for_core_dump(mm);
    validate_mm(mm);
    update_hiwater_rss(mm);
    update_hiwater_vm(mm);
    atomic_inc(&mm->mm_count);  // it stays loaded until the last switch away from this task
    BUG_ON(mm != task->active_mm);
    task_lock(task);
    task->mm = nullptr;
    enter_lazy_tlb(mm, task);
    task_unlock(task);
    up_read(&mm->mmap_sem);
    mm_update_next_owner(mm);
    mmput(mm);
}
