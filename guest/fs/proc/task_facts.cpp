// SPDX-License-Identifier: GPL-2.0-or-later
// What /proc says of a process beside its memory, gathered at one moment under tasklist_lock.
#include "fs/proc/internal.h"
#include "lib/string.h"

namespace {
constexpr unsigned RLIMIT_SIGPENDING = 11;

const char* name_of_state(const task_struct* task) {
    if (task->exit_state == EXIT_ZOMBIE) return "Z (zombie)";
    if (task->exit_state == EXIT_DEAD) return "X (dead)";
    if (task->state == TASK_RUNNING) return "R (running)";
    if (task->state == TASK_INTERRUPTIBLE) return "S (sleeping)";
    if (task->state == TASK_UNINTERRUPTIBLE) return "D (disk sleep)";
    return "X (dead)";
}

ulong count_queue(const sigpending* queue) {
    ulong count = 0;
    const sigqueue* entry = nullptr;
    list_for_each_entry(entry, &queue->list, list) count++;
    return count;
}

void add_thread(const task_struct* thread, task_facts* facts) {
    facts->threads++;
    facts->min_flt += thread->min_flt;
    facts->maj_flt += thread->maj_flt;
    facts->utime += thread->utime;
    facts->stime += thread->stime;
}

/// Everything that hangs on signal_struct and sighand_struct, which a dead task has no more.
void add_signals(task_struct* task, task_facts* facts) {
    const signal_struct* signal = task->signal;
    sighand_struct* sighand = task->sighand;
    if (!signal || !sighand) return;
    facts->min_flt += signal->min_flt;
    facts->maj_flt += signal->maj_flt;
    facts->cmin_flt = signal->cmin_flt;
    facts->cmaj_flt = signal->cmaj_flt;
    facts->rss_limit = signal->rlim_cur[RLIMIT_RSS];
    facts->queue_limit = signal->rlim_cur[RLIMIT_SIGPENDING];
    spin_guard_irq guard(&sighand->siglock);
    facts->pending = task->pending.signal;
    facts->shared_pending = signal->shared_pending.signal;
    facts->blocked = task->blocked;
    facts->signals_queued = count_queue(&task->pending) + count_queue(&signal->shared_pending);
    for (int s = 1; s <= NSIG; s++) {
        const sighandler_t handler = sighand->action[s - 1].handler;
        if (handler == SIG_IGN) facts->ignored |= sigmask(s);
        if (handler != SIG_IGN && handler != SIG_DFL) facts->caught |= sigmask(s);
    }
}
}  // namespace

void get_task_facts(task_struct* task, task_facts* facts) {
    memset(facts, 0, sizeof(*facts));
    task_lock(task);
    strlcpy(facts->comm, task->comm, TASK_COMM_LEN);
    task_unlock(task);
    spin_guard guard(&tasklist_lock);
    facts->state_name = name_of_state(task);
    facts->state = facts->state_name[0];
    facts->ppid = task->real_parent ? task->real_parent->tgid : 0;
    add_signals(task, facts);
    const task_struct* thread = task;
    do {
        add_thread(thread, facts);
        thread = next_thread(thread);
    } while (thread != task);
}
