// SPDX-License-Identifier: GPL-2.0-or-later
// System calls about signals, for the table. Pointers are user addresses; results are 0, a value or -errno.
#pragma once

#include "kernel/sigcontext.h"

/// The argument of sigaction (67).
struct old_sigaction {
    sighandler_t handler;
    ulong mask;
    ulong flags;
    void (*restorer)();
};

long sys_kill(pid_t pid, int signal);
long sys_tkill(pid_t pid, int signal);
long sys_tgkill(pid_t tgid, pid_t pid, int signal);
long sys_rt_sigqueueinfo(pid_t pid, int signal, const siginfo_t* info);
long sys_signal(int signal, sighandler_t handler);
long sys_sigaction(int signal, const old_sigaction* fresh, old_sigaction* old);
long sys_rt_sigaction(int signal, const k_sigaction* fresh, k_sigaction* old, ulong size);
long sys_sigprocmask(int how, const ulong* fresh, ulong* old);
long sys_rt_sigprocmask(int how, const sigset_t* fresh, sigset_t* old, ulong size);
long sys_sgetmask();
long sys_ssetmask(ulong mask);
long sys_sigpending(ulong* set);
long sys_rt_sigpending(sigset_t* set, ulong size);
long sys_sigsuspend(long unused0, long unused1, ulong mask);
long sys_rt_sigsuspend(const sigset_t* set, ulong size);
long sys_rt_sigtimedwait(const sigset_t* set, siginfo_t* info, const struct timespec* timeout, ulong size);
long sys_pause();
long sys_sigaltstack(const stack_t* fresh, stack_t* old);
long sys_sigreturn(pt_regs* regs);
long sys_rt_sigreturn(pt_regs* regs);
