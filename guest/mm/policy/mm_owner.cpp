// SPDX-License-Identifier: GPL-2.0-or-later
// Finding another user of a space for its owner's place.
#include "mm/policy/mm_owner.h"

#include "kernel/sched.h"
#include "mm/audit.h"

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
void mm_owner::update_next(mm_struct* mm) {
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

#ifdef CONFIG_DEBUG_VM

/// An owner that has let go of the space names its heir before it gives its count back.
void mm_owner::validate(const mm_struct* mm, int tasks) {
    const task_struct* owner = mm->owner;
    if (!owner || owner->mm == mm || atomic_read(&mm->mm_users) > tasks) return;
    require(false, "INV-40", mm, "mm of the owner", reinterpret_cast<ulong>(owner->mm),
            reinterpret_cast<ulong>(mm));
}

#endif
