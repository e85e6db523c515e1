// SPDX-License-Identifier: GPL-2.0-or-later
// Signals of the i386 ABI.
#pragma once

#include <sys/types.h>

enum {
    SIGHUP = 1,
    SIGINT = 2,
    SIGQUIT = 3,
    SIGILL = 4,
    SIGTRAP = 5,
    SIGABRT = 6,
    SIGBUS = 7,
    SIGFPE = 8,
    SIGKILL = 9,
    SIGUSR1 = 10,
    SIGSEGV = 11,
    SIGUSR2 = 12,
    SIGPIPE = 13,
    SIGALRM = 14,
    SIGTERM = 15,
    SIGCHLD = 17,
    SIGCONT = 18,
    SIGSTOP = 19,
    NSIG = 64
};
enum { SEGV_MAPERR = 1, SEGV_ACCERR = 2, BUS_ADRERR = 2 };
enum : unsigned {
    SA_NOCLDSTOP = 1,
    SA_NOCLDWAIT = 2,
    SA_SIGINFO = 4,
    SA_RESTORER = 0x04000000,
    SA_ONSTACK = 0x08000000,
    SA_RESTART = 0x10000000,
    SA_NODEFER = 0x40000000,
    SA_RESETHAND = 0x80000000
};
enum { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2 };
enum { SS_ONSTACK = 1, SS_DISABLE = 2 };

typedef uint64_t sigset_t;  // bit n - 1 is signal n
typedef void (*sighandler_t)(int);
#define SIG_DFL (reinterpret_cast<sighandler_t>(0))
#define SIG_IGN (reinterpret_cast<sighandler_t>(1))
#define SIG_ERR (reinterpret_cast<sighandler_t>(-1))

struct siginfo_t {
    int si_signo, si_errno, si_code;
    union {
        int pad[29];
        struct {
            pid_t si_pid;
            uid_t si_uid;
            int si_status;
        };
        void* si_addr;
    };
};
static_assert(sizeof(siginfo_t) == 128);

/// As the library takes it; the kernel's form and the restorer are made by sigaction().
struct sigaction {
    union {
        sighandler_t sa_handler;
        void (*sa_sigaction)(int signal, siginfo_t* info, void* context);
    };
    sigset_t sa_mask;
    unsigned long sa_flags;
};

struct stack_t {
    void* ss_sp;
    int ss_flags;
    size_t ss_size;
};

/// Registers at the time of the signal, as the kernel saves them (struct sigcontext of the ABI).
struct sigcontext {
    unsigned long gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags,
        esp_at_signal, ss;
    void* fpstate;
    unsigned long oldmask, cr2;
};
struct ucontext_t {
    unsigned long uc_flags;
    ucontext_t* uc_link;
    stack_t uc_stack;
    sigcontext uc_mcontext;
    sigset_t uc_sigmask;
};

extern "C" {
int sigaction(int signal, const struct sigaction* action, struct sigaction* old);
sighandler_t signal(int signal, sighandler_t handler);
int sigprocmask(int how, const sigset_t* set, sigset_t* old);
int sigpending(sigset_t* set);
int sigsuspend(const sigset_t* mask);
int sigaltstack(const stack_t* stack, stack_t* old);
int kill(pid_t pid, int signal);
int raise(int signal);
}
inline int sigemptyset(sigset_t* set) {
    return *set = 0, 0;
}
inline int sigaddset(sigset_t* set, int signal) {
    return *set |= 1ull << (signal - 1), 0;
}
inline int sigismember(const sigset_t* set, int signal) {
    return (*set >> (signal - 1)) & 1;
}
