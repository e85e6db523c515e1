// SPDX-License-Identifier: GPL-2.0-or-later
// What the files that implement signals share with each other.
#pragma once

#include "kernel/process.h"
#include "kernel/sigcontext.h"

enum : int { SIGURG = 23, SIGXCPU = 24, SIGXFSZ = 25, SIGWINCH = 28, SIGSYS = 31 };

constexpr sigset_t SIGNALS_UNBLOCKABLE = sigmask(SIGKILL) | sigmask(SIGSTOP);
constexpr sigset_t SIGNALS_IGNORED_BY_DEFAULT =
    sigmask(SIGCHLD) | sigmask(SIGCONT) | sigmask(SIGURG) | sigmask(SIGWINCH);
/// Their default is to end the process with a core dump.
constexpr sigset_t SIGNALS_COREDUMP =
    sigmask(SIGQUIT) | sigmask(SIGILL) | sigmask(SIGTRAP) | sigmask(SIGABRT) | sigmask(SIGBUS) |
    sigmask(SIGFPE) | sigmask(SIGSEGV) | sigmask(SIGXCPU) | sigmask(SIGXFSZ) | sigmask(SIGSYS);
/// Their default is to stop the process. This kernel has no job control: the default action leaves the
/// process running.
constexpr sigset_t SIGNALS_STOP = sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU);

void sigqueue_init();
void init_sigpending(sigpending* queue);
/// Takes the lowest pending signal that `mask` does not block, a thread's own first. 0: none. siglock held.
int dequeue_signal(sigset_t mask, siginfo_t* info);
/// Forgets pending signals of `mask`. siglock held.
void drop_signals(sigpending* queue, sigset_t mask);
/// current->blocked = mask without SIGKILL and SIGSTOP.
void set_blocked(sigset_t mask);

// kernel/sigframe.cpp: the frames on the user stack
/// Makes `regs` enter the handler. 0, or -EFAULT if the stack cannot be written.
int setup_frame(int signal, const k_sigaction* action, const siginfo_t* info, sigset_t old_mask,
                pt_regs* regs);
/// sigaltstack(2) for a task whose stack pointer is `sp`. 0, -EPERM while it runs on that stack, -EINVAL,
/// -ENOMEM.
int set_alternate_stack(const stack_t* stack, ulong sp);
