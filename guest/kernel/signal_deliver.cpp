// SPDX-License-Identifier: GPL-2.0-or-later
// Signals on the way back to user mode: which one is taken, what it does, and what becomes of the system call
// it cut short.
#include "kernel/coredump.h"
#include "kernel/errno.h"
#include "kernel/signal_queue.h"
#include "kernel/unistd.h"

namespace {

constexpr ulong INT_80_LENGTH = 2;

/// Takes signals until one has a handler: its number, with *info and *action filled. 0: none is left. Does
/// not return if a signal ends the process.
int get_signal_to_deliver(siginfo_t* info, k_sigaction* action, pt_regs* regs) {
    sighand_struct* sighand = current->sighand;
    ulong flags = spin_lock_irqsave(&sighand->siglock);
    int signal;
    while ((signal = dequeue_signal(current->blocked, info)) != 0) {
        k_sigaction* registered = &sighand->action[signal - 1];
        if (registered->handler == SIG_IGN) continue;
        if (registered->handler != SIG_DFL) {
            *action = *registered;
            if (action->flags & SA_RESETHAND) registered->handler = SIG_DFL;
            break;
        }
        if (sigmask(signal) & (SIGNALS_IGNORED_BY_DEFAULT | SIGNALS_STOP)) continue;
        // SIGKILL of a group that ends, or whose other thread runs exec, spares not even pid 1's threads.
        if (current->signal->unkillable && !current->signal->group_exit && !current->signal->group_exec_task)
            continue;
        spin_unlock_irqrestore(&sighand->siglock, flags);
        current->flags |= PF_SIGNALED;
        const int dumped = sigmask(signal) & SIGNALS_COREDUMP ? do_coredump(signal, info, regs) : 0;
        do_group_exit(signal | dumped);
    }
    spin_unlock_irqrestore(&sighand->siglock, flags);
    return signal;
}

/// The system call starts again: EAX as before, EIP at the int 0x80.
void restart(pt_regs* regs, ulong number) {
    regs->eax = number;
    regs->eip -= INT_80_LENGTH;
}

/// A handler will run: does the interrupted call restart after it?
void finish_call_before_handler(pt_regs* regs, const k_sigaction* action) {
    if (static_cast<long>(regs->orig_eax) < 0) return;
    switch (-static_cast<long>(regs->eax)) {
        case ERESTART_RESTARTBLOCK:
        case ERESTARTNOHAND:
            regs->eax = static_cast<ulong>(-EINTR);
            break;
        case ERESTARTSYS:
            if (action->flags & SA_RESTART)
                restart(regs, regs->orig_eax);
            else
                regs->eax = static_cast<ulong>(-EINTR);
            break;
        case ERESTARTNOINTR:
            restart(regs, regs->orig_eax);
            break;
        default:
            break;
    }
}

/// No handler runs: the call goes on as if nothing had happened.
void finish_call_without_handler(pt_regs* regs) {
    if (static_cast<long>(regs->orig_eax) < 0) return;
    switch (-static_cast<long>(regs->eax)) {
        case ERESTARTNOHAND:
        case ERESTARTSYS:
        case ERESTARTNOINTR:
            restart(regs, regs->orig_eax);
            break;
        case ERESTART_RESTARTBLOCK:
            restart(regs, NR_restart_syscall);
            break;
        default:
            break;
    }
}

/// The frame could not be written. The process dies by SIGSEGV, even if SIGSEGV's own handler was to run.
void force_sigsegv(int signal) {
    if (signal == SIGSEGV) {
        spin_guard_irq guard(&current->sighand->siglock);
        current->sighand->action[SIGSEGV - 1].handler = SIG_DFL;
    }
    force_sig_info(SIGSEGV, nullptr, current);
}

traced bool handle_signal(int signal, const siginfo_t* info, const k_sigaction* action, sigset_t old_mask,
                          pt_regs* regs) {
    finish_call_before_handler(regs, action);
    if (setup_frame(signal, action, info, old_mask, regs)) {
        force_sigsegv(signal);
        return false;
    }
    const sigset_t own = action->flags & SA_NODEFER ? 0 : sigmask(signal);
    set_blocked(current->blocked | action->mask | own);
    return true;
}

}  // namespace

void do_signal(pt_regs* regs) {
    if (!user_mode(regs)) return;
    siginfo_t info;
    k_sigaction action;
    while (const int signal = get_signal_to_deliver(&info, &action, regs)) {
        const sigset_t old_mask = current->restore_sigmask ? current->saved_sigmask : current->blocked;
        if (handle_signal(signal, &info, &action, old_mask, regs)) {
            current->restore_sigmask = false;  // sigreturn brings it back
            return;
        }
    }
    finish_call_without_handler(regs);
    if (current->restore_sigmask) {
        current->restore_sigmask = false;
        set_blocked(current->saved_sigmask);
    }
}
