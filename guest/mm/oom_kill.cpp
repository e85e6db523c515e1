// SPDX-License-Identifier: GPL-2.0-or-later
// The last resort: when nothing can be reclaimed, the process whose end gives most back is ended.
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/swap.h"

namespace {

/// How much is won by ending the process, in pages. 0: it is not to be ended. task_lock held.
ulong badness(const task_struct* task) {
    const mm_struct* mm = task->mm;
    if (!mm || task->pid == 1 || (task->flags & (PF_KTHREAD | PF_EXITING))) return 0;
    return mm->total_vm;
}

/// A process that was told to die and still has its memory. tasklist_lock held.
bool somebody_is_dying() {
    task_struct* leader;
    for_each_process(leader) {
        task_struct* thread = leader;
        do {
            if ((thread->flags & PF_MEMDIE) && thread->mm) return true;
            thread = next_thread(thread);
        } while (thread != leader);
    }
    return false;
}

/// The worst process; among equals the youngest. Null: there is none. tasklist_lock held.
task_struct* select_bad_process(ulong* points) {
    task_struct *task, *chosen = nullptr;
    *points = 0;
    for_each_process(task) {
        task_lock(task);
        const ulong score = badness(task);
        task_unlock(task);
        if (score == 0 || score < *points) continue;
        chosen = task;
        *points = score;
    }
    return chosen;
}

/// All threads of all processes that share the space: it is given back by the last of them.
void kill_users_of(const mm_struct* mm) {
    siginfo_t info{};
    info.si_signo = SIGKILL;
    info.si_code = SI_KERNEL;
    task_struct* leader;
    for_each_process(leader) {
        if (leader->mm != mm || leader->pid == 1) continue;
        task_struct* thread = leader;
        do {
            thread->flags |= PF_MEMDIE;
            thread = next_thread(thread);
        } while (thread != leader);
        group_send_sig_info(SIGKILL, &info, leader);
    }
}

}  // namespace

bool out_of_memory(gfp_t gfp, unsigned order) {
    spin_guard guard(&tasklist_lock);
    if (somebody_is_dying()) return true;
    ulong points;
    task_struct* victim = select_bad_process(&points);
    if (!victim) return false;
    printk("%s invoked oom-killer: gfp_mask=0x%lx, order=%u\n", current->comm, static_cast<ulong>(gfp),
           order);
    printk("Out of memory: kill process %d (%s) score %lu\n", victim->pid, victim->comm, points);
    vm_stat.oom_kill++;
    kill_users_of(victim->mm);
    return true;
}
