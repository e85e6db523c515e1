// SPDX-License-Identifier: GPL-2.0-or-later
// Signals inside the kernel: the queues, sending, forcing, and taking the next one.
#include "kernel/signal_queue.h"

#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

namespace {

kmem_cache* sigqueue_cachep;

constexpr int SIGRTMIN = 32;

bool sig_ignored(task_struct* task, int signal) {
    if (task->blocked & sigmask(signal)) return false;  // the handler may be another one when it is unblocked
    const sighandler_t handler = task->sighand->action[signal - 1].handler;
    if (handler == SIG_IGN) return true;
    return handler == SIG_DFL && (task->signal->unkillable || sigmask(signal) & SIGNALS_IGNORED_BY_DEFAULT);
}

bool has_pending(const task_struct* task) {
    return ((task->pending.signal | task->signal->shared_pending.signal) & ~task->blocked) != 0;
}

void recalc_task(task_struct* task) {
    task->sigpending_flag = has_pending(task);
}

/// Would the thread take `signal` at once, or does it wait for it in rt_sigtimedwait?
bool wants_signal(const task_struct* task, int signal) {
    if (task->flags & PF_EXITING) return false;
    return !(task->blocked & sigmask(signal)) || (task->awaited & sigmask(signal));
}

task_struct* choose_thread(int signal, task_struct* task) {
    task_struct* t = task;
    do {
        if (wants_signal(t, signal)) return t;
        t = next_thread(t);
    } while (t != task);
    return nullptr;
}

/// True if taking `signal` ends the process whatever happens until then. Those that leave a core dump wait
/// for their thread: it stops the others, whose state belongs into the dump.
bool is_fatal(task_struct* task, int signal) {
    const sighandler_t handler = task->sighand->action[signal - 1].handler;
    constexpr sigset_t not_at_once = SIGNALS_IGNORED_BY_DEFAULT | SIGNALS_STOP | SIGNALS_COREDUMP;
    return handler == SIG_DFL && !(sigmask(signal) & not_at_once) && !task->signal->unkillable;
}

/// Wakes whoever shall take the signal. A fatal one ends the whole process at once: each thread finds a
/// SIGKILL.
void complete_signal(int signal, task_struct* task, bool group) {
    task_struct* taker = group ? choose_thread(signal, task) : wants_signal(task, signal) ? task : nullptr;
    if (!taker) return;
    signal_struct* shared = task->signal;
    const bool only_awaited = taker->blocked & sigmask(signal);
    if (only_awaited || !is_fatal(task, signal) || shared->group_exit || shared->group_exec_task) {
        signal_wake_up(taker);
        return;
    }
    shared->group_exit = true;
    shared->group_exit_code = signal;
    task_struct* t = taker;
    do {
        t->pending.signal |= sigmask(SIGKILL);
        signal_wake_up(t);
        t = next_thread(t);
    } while (t != taker);
}

/// Signals below SIGRTMIN are kept once; others queue, each with its own information.
int queue_signal(sigpending* queue, int signal, const siginfo_t* info) {
    if (signal < SIGRTMIN && queue->signal & sigmask(signal)) return 0;
    auto* entry = static_cast<sigqueue*>(kmem_cache_alloc(sigqueue_cachep, GFP_ATOMIC));
    if (!entry) {
        if (signal >= SIGRTMIN) return -EAGAIN;
    } else {
        entry->info = *info;
        entry->info.si_signo = signal;
        list_add_tail(&entry->list, &queue->list);
    }
    queue->signal |= sigmask(signal);
    return 0;
}

traced int send_signal_locked(int signal, const siginfo_t* info, task_struct* task, bool group) {
    assert_spin_locked(&task->sighand->siglock);
    if (sig_ignored(task, signal)) return 0;
    const int error = queue_signal(group ? &task->signal->shared_pending : &task->pending, signal, info);
    if (!error) complete_signal(signal, task, group);
    return error;
}

int send(int signal, const siginfo_t* info, task_struct* task, bool group) {
    if (signal < 0 || signal > NSIG) return -EINVAL;
    if (!task->sighand) return -ESRCH;  // released meanwhile
    if (signal == 0) return 0;
    const siginfo_t from_kernel{.si_signo = signal, .si_errno = 0, .si_code = SI_KERNEL, .pad = {}};
    spin_guard_irq guard(&task->sighand->siglock);
    return send_signal_locked(signal, info ? info : &from_kernel, task, group);
}

/// Moves one entry of `signal` into *info; the bit stays while further entries wait.
void collect_signal(sigpending* queue, int signal, siginfo_t* info) {
    sigqueue* first = nullptr;
    bool more = false;
    sigqueue* entry;
    list_for_each_entry(entry, &queue->list, list) {
        if (entry->info.si_signo != signal) continue;
        if (first)
            more = true;
        else
            first = entry;
    }
    if (!more) queue->signal &= ~sigmask(signal);
    if (first) {
        *info = first->info;
        list_del(&first->list);
        kmem_cache_free(sigqueue_cachep, first);
    } else {  // SIGKILL of a dying group, or sent without memory for an entry
        memset(info, 0, sizeof(*info));
        info->si_signo = signal;
    }
}

int dequeue_from(sigpending* queue, sigset_t mask, siginfo_t* info) {
    const sigset_t ready = queue->signal & ~mask;
    if (!ready) return 0;
    const int signal = __builtin_ctzll(ready) + 1;
    collect_signal(queue, signal, info);
    return signal;
}

}  // namespace

void sigqueue_init() {
    sigqueue_cachep = kmem_cache_create("sigqueue", sizeof(sigqueue), 0, SLAB_PANIC, nullptr);
}

void init_sigpending(sigpending* queue) {
    queue->signal = 0;
    INIT_LIST_HEAD(&queue->list);
}

void flush_sigqueue(sigpending* queue) {
    queue->signal = 0;
    sigqueue *entry, *ahead;
    list_for_each_entry_safe(entry, ahead, &queue->list, list) {
        list_del(&entry->list);
        kmem_cache_free(sigqueue_cachep, entry);
    }
}

void drop_signals(sigpending* queue, sigset_t mask) {
    queue->signal &= ~mask;
    sigqueue *entry, *ahead;
    list_for_each_entry_safe(entry, ahead, &queue->list, list) {
        if (!(mask & sigmask(entry->info.si_signo))) continue;
        list_del(&entry->list);
        kmem_cache_free(sigqueue_cachep, entry);
    }
}

void recalc_sigpending() {
    recalc_task(current);
}

void signal_wake_up(task_struct* task) {
    task->sigpending_flag = true;
    if (task->state == TASK_INTERRUPTIBLE) wake_up_process(task);
}

void zap_other_threads() {
    assert_spin_locked(&current->sighand->siglock);
    for (task_struct* t = next_thread(current); t != current; t = next_thread(t)) {
        if (t->exit_state) continue;
        t->pending.signal |= sigmask(SIGKILL);
        signal_wake_up(t);
    }
}

int send_sig_info(int signal, const siginfo_t* info, task_struct* task) {
    return send(signal, info, task, false);
}

int group_send_sig_info(int signal, const siginfo_t* info, task_struct* task) {
    return send(signal, info, task, true);
}

int force_sig_info(int signal, const siginfo_t* info, task_struct* task) {
    const siginfo_t from_kernel{.si_signo = signal, .si_errno = 0, .si_code = SI_KERNEL, .pad = {}};
    spin_guard_irq guard(&task->sighand->siglock);
    k_sigaction* action = &task->sighand->action[signal - 1];
    if (task->blocked & sigmask(signal) || action->handler == SIG_IGN) {
        action->handler = SIG_DFL;
        task->blocked &= ~sigmask(signal);
        recalc_task(task);
    }
    if (action->handler == SIG_DFL) task->signal->unkillable = false;
    return send_signal_locked(signal, info ? info : &from_kernel, task, false);
}

int dequeue_signal(sigset_t mask, siginfo_t* info) {
    assert_spin_locked(&current->sighand->siglock);
    int signal = dequeue_from(&current->pending, mask, info);
    if (!signal) signal = dequeue_from(&current->signal->shared_pending, mask, info);
    recalc_sigpending();
    return signal;
}

void set_blocked(sigset_t mask) {
    spin_guard_irq guard(&current->sighand->siglock);
    current->blocked = mask & ~SIGNALS_UNBLOCKABLE;
    recalc_sigpending();
}
