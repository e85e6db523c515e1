// SPDX-License-Identifier: GPL-2.0-or-later
// The system calls about signals. The old ones know 32 signals (sigset: one long), the rt_ ones 64.
#include "kernel/signal_calls.h"

#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/signal_queue.h"

namespace {

constexpr ulong SIGSET_BYTES = sizeof(sigset_t);
constexpr sigset_t OLD_SIGNALS = 0xFFFFFFFF;

/// Sets and returns the action of a signal. New actions never block SIGKILL and SIGSTOP; a signal that is
/// ignored from now on is forgotten if it was pending (POSIX.1, sigaction).
int do_sigaction(int signal, const k_sigaction* fresh, k_sigaction* old) {
    if (signal < 1 || signal > NSIG) return -EINVAL;
    if (fresh && (sigmask(signal) & SIGNALS_UNBLOCKABLE)) return -EINVAL;
    spin_guard tasks(&tasklist_lock);
    spin_guard_irq guard(&current->sighand->siglock);
    k_sigaction* action = &current->sighand->action[signal - 1];
    if (old) *old = *action;
    if (!fresh) return 0;
    *action = *fresh;
    action->mask &= ~SIGNALS_UNBLOCKABLE;
    const bool ignored_by_default =
        action->handler == SIG_DFL && (sigmask(signal) & SIGNALS_IGNORED_BY_DEFAULT);
    if (action->handler != SIG_IGN && !ignored_by_default) return 0;
    drop_signals(&current->signal->shared_pending, sigmask(signal));
    task_struct* t = current;
    do {
        drop_signals(&t->pending, sigmask(signal));
        t = next_thread(t);
    } while (t != current);
    recalc_sigpending();
    return 0;
}

/// The next mask from the running one. -EINVAL for an unknown `how`.
int change_mask(int how, sigset_t set) {
    switch (how) {
        case SIG_BLOCK:
            set_blocked(current->blocked | set);
            return 0;
        case SIG_UNBLOCK:
            set_blocked(current->blocked & ~set);
            return 0;
        case SIG_SETMASK:
            set_blocked(set);
            return 0;
        default:
            return -EINVAL;
    }
}

sigset_t pending_signals() {
    spin_guard_irq guard(&current->sighand->siglock);
    return (current->pending.signal | current->signal->shared_pending.signal) & current->blocked;
}

siginfo_t info_from_user(int signal, int code) {
    siginfo_t info{};
    info.si_signo = signal;
    info.si_code = code;
    info.kill.pid = current->tgid;
    info.kill.uid = current->uid;
    return info;
}

bool may_signal(const task_struct* task) {
    const auto is_its = [task](uid_t uid) { return uid == task->uid || uid == task->suid; };
    return current->euid == 0 || is_its(current->euid) || is_its(current->uid);
}

/// To every process that `chosen` accepts. 0 if one could be signalled, else the last error, else -ESRCH.
template <class Chosen>
int kill_each(int signal, const siginfo_t& info, Chosen chosen) {
    int result = -ESRCH;
    task_struct* leader;
    for_each_process(leader) {
        if (leader->flags & PF_KTHREAD || !chosen(leader)) continue;
        const int error = may_signal(leader) ? group_send_sig_info(signal, &info, leader) : -EPERM;
        if (result != 0) result = error;
    }
    return result;
}

int kill_one(int signal, const siginfo_t& info, pid_t pid) {
    task_struct* task = find_task_by_pid(pid);
    if (!task || task->exit_state == EXIT_DEAD)
        return -ESRCH;  // EXIT_DEAD: waited for already, about to be released
    return may_signal(task) ? group_send_sig_info(signal, &info, task) : -EPERM;
}

/// One thread, which must belong to process `tgid` unless that is 0.
long kill_thread(pid_t tgid, pid_t pid, int signal) {
    if (pid <= 0) return -EINVAL;
    const siginfo_t info = info_from_user(signal, SI_TKILL);
    spin_guard guard(&tasklist_lock);
    task_struct* task = find_task_by_pid(pid);
    if (!task || task->exit_state == EXIT_DEAD || (tgid != 0 && task->tgid != tgid)) return -ESRCH;
    return may_signal(task) ? send_sig_info(signal, &info, task) : -EPERM;
}

}  // namespace

long sys_kill(pid_t pid, int signal) {
    if (signal < 0 || signal > NSIG) return -EINVAL;
    const siginfo_t info = info_from_user(signal, SI_USER);
    spin_guard guard(&tasklist_lock);
    if (pid > 0) return kill_one(signal, info, pid);
    if (pid == -1)
        return kill_each(signal, info,
                         [](const task_struct* t) { return t->pid > 1 && t->tgid != current->tgid; });
    const pid_t group = pid == 0 ? current->signal->pgrp : -pid;
    return kill_each(signal, info, [group](const task_struct* t) { return t->signal->pgrp == group; });
}

long sys_tkill(pid_t pid, int signal) {
    return kill_thread(0, pid, signal);
}

long sys_tgkill(pid_t tgid, pid_t pid, int signal) {
    return tgid <= 0 ? -EINVAL : kill_thread(tgid, pid, signal);
}

/// si_code tells the kernel's signals (>= 0) from a program's: it cannot be forged for others.
long sys_rt_sigqueueinfo(pid_t pid, int signal, const siginfo_t* user) {
    siginfo_t info;
    if (get_user(info, user)) return -EFAULT;
    if (signal < 0 || signal > NSIG) return -EINVAL;
    if (info.si_code >= 0 && pid != current->tgid) return -EPERM;
    info.si_signo = signal;
    spin_guard guard(&tasklist_lock);
    return kill_one(signal, info, pid);
}

long sys_rt_sigaction(int signal, const k_sigaction* fresh, k_sigaction* old, ulong size) {
    if (size != SIGSET_BYTES) return -EINVAL;
    k_sigaction action, before;
    if (fresh && get_user(action, fresh)) return -EFAULT;
    if (const int error = do_sigaction(signal, fresh ? &action : nullptr, old ? &before : nullptr))
        return error;
    return old ? put_user(before, old) : 0;
}

long sys_sigaction(int signal, const old_sigaction* fresh, old_sigaction* old) {
    k_sigaction action, before;
    if (fresh) {
        old_sigaction from;
        if (get_user(from, fresh)) return -EFAULT;
        action = {from.handler, from.flags, from.restorer, from.mask};
    }
    if (const int error = do_sigaction(signal, fresh ? &action : nullptr, &before)) return error;
    if (!old) return 0;
    return put_user({before.handler, static_cast<ulong>(before.mask), before.flags, before.restorer}, old);
}

/// The handler runs once, with its signal open: System V's way.
long sys_signal(int signal, sighandler_t handler) {
    const k_sigaction action{handler, SA_RESETHAND | SA_NODEFER, nullptr, 0};
    k_sigaction before;
    if (const int error = do_sigaction(signal, &action, &before)) return error;
    return reinterpret_cast<long>(before.handler);
}

long sys_rt_sigprocmask(int how, const sigset_t* fresh, sigset_t* old, ulong size) {
    if (size != SIGSET_BYTES) return -EINVAL;
    const sigset_t before = current->blocked;
    if (fresh) {
        sigset_t set;
        if (get_user(set, fresh)) return -EFAULT;
        if (const int error = change_mask(how, set)) return error;
    }
    return old ? put_user(before, old) : 0;
}

long sys_sigprocmask(int how, const ulong* fresh, ulong* old) {
    const ulong before = static_cast<ulong>(current->blocked);
    if (fresh) {
        ulong set;
        if (get_user(set, fresh)) return -EFAULT;
        const sigset_t upper = how == SIG_SETMASK ? current->blocked & ~OLD_SIGNALS : 0;
        if (const int error = change_mask(how, set | upper)) return error;
    }
    return old ? put_user(before, old) : 0;
}

long sys_sgetmask() {
    return static_cast<long>(current->blocked & OLD_SIGNALS);
}

long sys_ssetmask(ulong mask) {
    const ulong before = static_cast<ulong>(current->blocked);
    set_blocked(mask);
    return static_cast<long>(before);
}

long sys_rt_sigpending(sigset_t* set, ulong size) {
    if (size > SIGSET_BYTES) return -EINVAL;
    const sigset_t pending = pending_signals();
    return copy_to_user(set, &pending, size) ? -EFAULT : 0;
}

long sys_sigpending(ulong* set) {
    return put_user(static_cast<ulong>(pending_signals()), set);
}
