// SPDX-License-Identifier: GPL-2.0-or-later
// System calls that sleep until a signal comes.
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/signal_calls.h"
#include "kernel/signal_queue.h"
#include "kernel/time.h"

namespace {

/// schedule() does not sleep while a signal is pending, so that none can slip in between.
void sleep_until_signal() {
    while (!signal_pending(current)) {
        current->state = TASK_INTERRUPTIBLE;
        schedule();
    }
}

/// Sleeps with another mask until a handler has run. do_signal puts the old mask into the handler's frame.
long suspend_with(sigset_t mask) {
    current->saved_sigmask = current->blocked;
    set_blocked(mask);
    sleep_until_signal();
    current->restore_sigmask = true;
    return -ERESTARTNOHAND;
}

/// Takes a pending signal of `wanted`; 0: there is none, and from now on one of them wakes the task.
int take_or_await(sigset_t wanted, siginfo_t* info) {
    spin_guard_irq guard(&current->sighand->siglock);
    const int signal = dequeue_signal(~wanted, info);
    current->awaited = signal ? 0 : wanted;
    return signal;
}

/// The signal, -EAGAIN when `ticks` are over, -EINTR for another signal. Null: no limit.
int wait_for_signal(sigset_t wanted, siginfo_t* info, const ulong* ticks) {
    const ulong start = jiffies;
    for (;;) {
        current->state = TASK_INTERRUPTIBLE;
        const int signal = take_or_await(wanted, info);
        const ulong waited = jiffies - start;
        int result = signal;
        if (!signal && signal_pending(current)) result = -EINTR;
        if (!signal && !result && ticks && waited >= *ticks) result = -EAGAIN;
        if (result) {
            current->state = TASK_RUNNING;
            current->awaited = 0;
            return result;
        }
        if (ticks)
            schedule_timeout(static_cast<long>(*ticks - waited));
        else
            schedule();
    }
}

}  // namespace

long sys_rt_sigsuspend(const sigset_t* set, ulong size) {
    if (size != sizeof(sigset_t)) return -EINVAL;
    sigset_t mask;
    if (get_user(mask, set)) return -EFAULT;
    return suspend_with(mask);
}

/// i386 passes the mask itself, as the third argument.
long sys_sigsuspend(long, long, ulong mask) {
    return suspend_with(mask);
}

long sys_pause() {
    sleep_until_signal();
    return -ERESTARTNOHAND;
}

long sys_rt_sigtimedwait(const sigset_t* set, siginfo_t* user_info, const timespec* timeout, ulong size) {
    if (size != sizeof(sigset_t)) return -EINVAL;
    sigset_t wanted;
    if (get_user(wanted, set)) return -EFAULT;
    ulong ticks = 0;
    if (timeout) {
        timespec time;
        if (get_user(time, timeout)) return -EFAULT;
        if (!timespec_valid(time)) return -EINVAL;
        ticks = timespec_to_jiffies(time);
    }
    siginfo_t info{};
    const int signal = wait_for_signal(wanted & ~SIGNALS_UNBLOCKABLE, &info, timeout ? &ticks : nullptr);
    if (signal > 0 && user_info && put_user(info, user_info)) return -EFAULT;
    return signal;
}
