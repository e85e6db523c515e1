// SPDX-License-Identifier: GPL-2.0-or-later
// Signals: the kernel's form of an action has a restorer, which brings the handler's return back to the
// kernel.
#include <signal.h>
#include <unistd.h>

#include "lib/result.h"

extern "C" void __restore();
extern "C" void __restore_rt();

namespace {
struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    sigset_t mask;
};
}  // namespace

int sigaction(int signal, const struct sigaction* action, struct sigaction* old) {
    kernel_sigaction wanted{}, before{};
    if (action) {
        wanted.handler = action->sa_handler;
        wanted.flags = action->sa_flags | SA_RESTORER;
        wanted.restorer = action->sa_flags & SA_SIGINFO ? __restore_rt : __restore;
        wanted.mask = action->sa_mask;
    }
    const long answer = __syscall(__NR_rt_sigaction, signal, action ? arg(&wanted) : 0,
                                  old ? arg(&before) : 0, sizeof(sigset_t));
    if (answer == 0 && old) {
        old->sa_handler = before.handler;
        old->sa_flags = before.flags & ~SA_RESTORER;
        old->sa_mask = before.mask;
    }
    return result(answer);
}

sighandler_t signal(int signal, sighandler_t handler) {
    struct sigaction action {};
    struct sigaction old {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    return sigaction(signal, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int sigprocmask(int how, const sigset_t* set, sigset_t* old) {
    return result(__syscall(__NR_rt_sigprocmask, how, arg(set), arg(old), sizeof(sigset_t)));
}
int sigpending(sigset_t* set) {
    return result(__syscall(__NR_rt_sigpending, arg(set), sizeof(sigset_t)));
}
int sigsuspend(const sigset_t* mask) {
    return result(__syscall(__NR_rt_sigsuspend, arg(mask), sizeof(sigset_t)));
}
int sigaltstack(const stack_t* stack, stack_t* old) {
    return result(__syscall(__NR_sigaltstack, arg(stack), arg(old)));
}
int kill(pid_t pid, int signal) {
    return result(__syscall(__NR_kill, pid, signal));
}
int raise(int signal) {
    return result(__syscall(__NR_tgkill, getpid(), gettid(), signal));
}
