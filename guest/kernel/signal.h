// SPDX-License-Identifier: GPL-2.0-or-later
// Signals, with the numbers and structures of Linux's i386 ABI.
#pragma once

#include "arch/ptrace.h"
#include "kernel/spinlock.h"
#include "lib/list.h"

constexpr int NSIG = 64;
enum : int {
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
    SIGSTKFLT = 16,
    SIGCHLD = 17,
    SIGCONT = 18,
    SIGSTOP = 19,
    SIGTSTP = 20,
    SIGTTIN = 21,
    SIGTTOU = 22
};
enum : int {
    SI_USER = 0,
    SI_KERNEL = 0x80,
    SEGV_MAPERR = 1,
    SEGV_ACCERR = 2,
    BUS_ADRERR = 2,
    ILL_ILLOPN = 2,
    FPE_INTDIV = 1,
    TRAP_BRKPT = 1,
    TRAP_TRACE = 2,
    CLD_EXITED = 1,
    CLD_KILLED = 2,
    CLD_DUMPED = 3,
    SI_TKILL = -6,
    SI_QUEUE = -1
};
// No job control: the default action of SIGSTOP, SIGTSTP, SIGTTIN and SIGTTOU is to do nothing.
enum : ulong {
    SA_NOCLDSTOP = 1,
    SA_NOCLDWAIT = 2,
    SA_SIGINFO = 4,
    SA_RESTORER = 0x04000000,
    SA_ONSTACK = 0x08000000,
    SA_RESTART = 0x10000000,
    SA_NODEFER = 0x40000000,
    SA_RESETHAND = 0x80000000
};
enum : int { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2 };

typedef u64 sigset_t;  // bit (n - 1) is signal n; two longs in user memory
constexpr sigset_t sigmask(int signal) {
    return 1ull << (signal - 1);
}

/// What user programs see as siginfo_t: 128 bytes.
struct siginfo_t {
    int si_signo, si_errno, si_code;
    union {
        int pad[29];
        struct {
            pid_t pid;
            uid_t uid;
        } kill;
        struct {
            pid_t pid;
            uid_t uid;
            int status;
            long utime, stime;
        } sigchld;
        struct {
            void* addr;
        } sigfault;
    };
};
static_assert(sizeof(siginfo_t) == 128 || sizeof(void*) == 8);

typedef void (*sighandler_t)(int);
#define SIG_DFL (reinterpret_cast<sighandler_t>(0))
#define SIG_IGN (reinterpret_cast<sighandler_t>(1))

/// The kernel's form, and the form of rt_sigaction on i386.
struct k_sigaction {
    sighandler_t handler;
    ulong flags;
    void (*restorer)();
    sigset_t mask;
};

struct sigqueue {
    list_head list;
    siginfo_t info;
};
/// Signals that were sent and not yet taken. Guarded by sighand->siglock.
struct sigpending {
    list_head list;
    sigset_t signal;
};
struct task_struct;
/// Handlers; shared by CLONE_SIGHAND.
struct sighand_struct {
    atomic_t count;
    spinlock_t siglock;
    k_sigaction action[NSIG];
};
/// What the threads of one process share (CLONE_THREAD).
struct signal_struct {
    atomic_t count;
    atomic_t live;  // threads that have not exited
    sigpending shared_pending;
    int group_exit_code;
    bool group_exit;
    bool unkillable;  // pid 1: signals without a handler are ignored, unless a fault forces them
    pid_t pgrp, session;
    task_struct* group_exec_task;        // the thread that waits in exec for the others to die, or null
    ulong utime, stime, cutime, cstime;  // ticks; of dead threads / of waited-for children
    ulong min_flt, maj_flt, cmin_flt, cmaj_flt;  // of dead threads / of waited-for children
    ulong rlim_cur[16], rlim_max[16];            // indices RLIMIT_*
};
enum : unsigned {
    RLIMIT_CPU = 0,
    RLIMIT_FSIZE = 1,
    RLIMIT_DATA = 2,
    RLIMIT_STACK = 3,
    RLIMIT_CORE = 4,
    RLIMIT_RSS = 5,
    RLIMIT_NPROC = 6,
    RLIMIT_NOFILE = 7,
    RLIMIT_MEMLOCK = 8,
    RLIMIT_AS = 9
};
/// In the exit code beside the signal: there is a core file.
constexpr int CORE_DUMPED = 0x80;
constexpr ulong RLIM_INFINITY = ~0ul;

/// Sends to one thread; SIGSEGV and other faults override blocking and ignoring. 0 or -errno.
int force_sig_info(int signal, const siginfo_t* info, task_struct* task);
/// Sends to a process (any thread may take it) / to one thread. May be called from interrupts.
int group_send_sig_info(int signal, const siginfo_t* info, task_struct* task);
int send_sig_info(int signal, const siginfo_t* info, task_struct* task);
/// Called on the way back to user mode while current->sigpending_flag is set: takes signals, builds frames,
/// or ends the process. A system call that may be restarted is told by regs->orig_eax >= 0: exceptions and
/// interrupts leave it negative.
void do_signal(pt_regs* regs);
/// True if current's pending signals include one it does not block; keeps sigpending_flag. siglock held.
void recalc_sigpending();
/// Boot: the caches of signal_struct, sighand_struct and sigqueue.
void signals_init();
