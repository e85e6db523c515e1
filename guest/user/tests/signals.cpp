// SPDX-License-Identifier: GPL-2.0-or-later
// Signals: handlers, masks, queues, interrupted calls, alternate stacks, return frames. Also runs on a Linux
// host.
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

constexpr long NR_sigaction = 67, NR_rt_sigqueueinfo = 178, NR_signal = 48, NR_rt_sigtimedwait = 177,
               NR_sigprocmask = 126;
constexpr int SIGRTMIN = 34;
constexpr int SI_USER = 0, SI_QUEUE = -1, SI_TKILL = -6, CLD_EXITED = 1, CLD_KILLED = 2;

volatile int taken, last_signal, depth, deepest;
siginfo_t last_info;

void note(int signal) {
    taken = taken + 1;
    last_signal = signal;
}
void note_info(int signal, siginfo_t* info, void*) {
    note(signal);
    last_info = *info;
}

void handle(int signal, void (*handler)(int), unsigned long flags = 0, sigset_t mask = 0) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    action.sa_mask = mask;
    CHECK_EQ(sigaction(signal, &action, nullptr), 0);
    taken = 0;
}
void handle_info(int signal, void (*handler)(int, siginfo_t*, void*), unsigned long flags = 0) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = flags | SA_SIGINFO;
    CHECK_EQ(sigaction(signal, &action, nullptr), 0);
    taken = 0;
}
constexpr sigset_t mask_of(int signal) {
    return 1ull << (signal - 1);
}

int status_of(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

/// Runs `function` in a child that sends `signal` here after a moment.
void send_later(int signal) {
    const pid_t self = getpid();
    if (fork() != 0) return;
    const timespec moment = {0, 30000000};
    nanosleep(&moment, nullptr);
    kill(self, signal);
    _exit(0);
}
void reap() {
    while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
}

void a_handler_runs_and_the_program_goes_on() {
    handle(SIGUSR1, note);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(taken, 1);
    CHECK_EQ(last_signal, SIGUSR1);
    struct sigaction old {};
    CHECK_EQ(sigaction(SIGUSR1, nullptr, &old), 0);
    CHECK(old.sa_handler == note);
}

void siginfo_tells_who_sent_it() {
    handle_info(SIGUSR1, note_info);
    kill(getpid(), SIGUSR1);
    CHECK_EQ(last_info.si_code, SI_USER);
    CHECK_EQ(last_info.si_pid, getpid());
    CHECK_EQ(last_info.si_signo, SIGUSR1);
    raise(SIGUSR1);
    CHECK_EQ(last_info.si_code, SI_TKILL);
}

void a_blocked_signal_waits() {
    handle(SIGUSR1, note);
    const sigset_t mask = mask_of(SIGUSR1);
    sigset_t old = 0, pending = 0;
    CHECK_EQ(sigprocmask(SIG_BLOCK, &mask, &old), 0);
    raise(SIGUSR1);
    raise(SIGUSR1);  // a second one is the same one
    CHECK_EQ(taken, 0);
    CHECK_EQ(sigpending(&pending), 0);
    CHECK(pending == mask);
    CHECK_EQ(sigprocmask(SIG_SETMASK, &old, nullptr), 0);
    CHECK_EQ(taken, 1);
    CHECK_FAILS(sigprocmask(17, &mask, nullptr), EINVAL);
}

void realtime_signals_queue_with_their_values() {
    handle_info(SIGRTMIN, note_info);
    const sigset_t mask = mask_of(SIGRTMIN);
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    for (int i = 1; i <= 3; i++) {
        siginfo_t info{};
        info.si_code = SI_QUEUE;
        info.pad[2] = i * 11;
        CHECK_EQ(syscall(NR_rt_sigqueueinfo, getpid(), SIGRTMIN, &info), 0);
    }
    sigprocmask(SIG_UNBLOCK, &mask, nullptr);
    CHECK_EQ(taken, 3);
    CHECK_EQ(last_info.pad[2], 33);
}

void kill_and_stop_cannot_be_caught_or_blocked() {
    struct sigaction action {};
    action.sa_handler = note;
    CHECK_FAILS(sigaction(SIGKILL, &action, nullptr), EINVAL);
    CHECK_FAILS(sigaction(SIGSTOP, &action, nullptr), EINVAL);
    CHECK_FAILS(sigaction(65, &action, nullptr), EINVAL);
    CHECK_FAILS(sigaction(0, &action, nullptr), EINVAL);
    const sigset_t all = ~0ull;
    sigset_t now = 0, old = 0;
    sigprocmask(SIG_SETMASK, &all, &old);
    sigprocmask(SIG_SETMASK, &old, &now);
    CHECK(now == (all & ~mask_of(SIGKILL) & ~mask_of(SIGSTOP)));
    CHECK_EQ(status_of([] {
                 const sigset_t every = ~0ull;
                 sigprocmask(SIG_SETMASK, &every, nullptr);
                 kill(getpid(), SIGKILL);
                 return 1;
             }),
             SIGKILL);
}

void nest(int signal) {
    depth = depth + 1;
    if (depth > deepest) deepest = depth;
    taken = taken + 1;
    if (taken < 3) raise(signal);
    depth = depth - 1;
}

void a_handlers_own_signal_waits_unless_nodefer() {
    handle(SIGUSR2, nest);
    depth = 0;
    deepest = 0;
    raise(SIGUSR2);
    CHECK_EQ(deepest, 1);
    handle(SIGUSR2, nest, SA_NODEFER);
    depth = 0;
    deepest = 0;
    raise(SIGUSR2);
    CHECK_EQ(deepest, 3);
}

void resethand_runs_once() {
    CHECK_EQ(status_of([] {
                 handle(SIGUSR1, note, SA_RESETHAND);
                 raise(SIGUSR1);
                 struct sigaction now {};
                 sigaction(SIGUSR1, nullptr, &now);
                 if (taken != 1 || now.sa_handler != SIG_DFL) return 1;
                 raise(SIGUSR1);
                 return 2;
             }),
             SIGUSR1);
}

void an_ignored_signal_is_forgotten() {
    handle(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    const sigset_t mask = mask_of(SIGUSR1);
    handle(SIGUSR1, note);
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    raise(SIGUSR1);
    handle(SIGUSR1, SIG_IGN);  // drops the pending one
    handle(SIGUSR1, note);
    sigprocmask(SIG_UNBLOCK, &mask, nullptr);
    CHECK_EQ(taken, 0);
}

void a_sleep_is_interrupted_and_says_what_is_left() {
    handle(SIGUSR1, note, SA_RESTART);  // nanosleep never restarts after a handler
    send_later(SIGUSR1);
    timespec time = {5, 0}, left = {0, 0};
    CHECK_FAILS(nanosleep(&time, &left), EINTR);
    CHECK_EQ(taken, 1);
    CHECK(left.tv_sec == 4 && left.tv_nsec > 500000000);
    reap();
}

void an_ignored_signal_does_not_cut_a_sleep_short() {
    handle(SIGUSR1, SIG_IGN);
    send_later(SIGUSR1);
    timespec before, after, time = {0, 100000000};
    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK_EQ(nanosleep(&time, nullptr), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 99);
    reap();
}

void wait_is_restarted_only_with_sa_restart() {
    handle(SIGUSR1, note);
    const pid_t first = fork();
    if (first == 0) _exit((pause(), 0));
    send_later(SIGUSR1);
    CHECK_FAILS(waitpid(first, nullptr, 0), EINTR);
    handle(SIGUSR1, note, SA_RESTART);
    const pid_t self = getpid();
    const pid_t second = fork();
    if (second == 0) {
        const timespec moment = {0, 30000000};
        nanosleep(&moment, nullptr);
        kill(self, SIGUSR1);
        nanosleep(&moment, nullptr);
        kill(first, SIGKILL);
        _exit(0);
    }
    int status = 0;
    CHECK_EQ(waitpid(first, &status, 0), first);
    CHECK_EQ(status, SIGKILL);
    CHECK_EQ(taken, 1);
    reap();
}

void sigsuspend_waits_with_another_mask_and_brings_the_old_one_back() {
    handle(SIGUSR1, note);
    const sigset_t mask = mask_of(SIGUSR1), none = 0;
    sigset_t now = 0;
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    send_later(SIGUSR1);
    CHECK_FAILS(sigsuspend(&none), EINTR);
    CHECK_EQ(taken, 1);
    sigprocmask(SIG_SETMASK, nullptr, &now);
    CHECK(now == mask);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    CHECK_EQ(taken, 1);
    reap();
}

void sigtimedwait_takes_a_blocked_signal_without_a_handler() {
    const sigset_t mask = mask_of(SIGUSR2);
    siginfo_t info{};
    timespec moment = {0, 20000000};
    handle(SIGUSR2, SIG_DFL);  // would kill
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    CHECK_FAILS(syscall(NR_rt_sigtimedwait, &mask, &info, &moment, 8), EAGAIN);
    raise(SIGUSR2);
    CHECK_EQ(syscall(NR_rt_sigtimedwait, &mask, &info, nullptr, 8), SIGUSR2);
    CHECK_EQ(info.si_code, SI_TKILL);
    send_later(SIGUSR2);
    CHECK_EQ(syscall(NR_rt_sigtimedwait, &mask, &info, nullptr, 8), SIGUSR2);
    CHECK_EQ(info.si_code, SI_USER);
    handle(SIGUSR1, note);
    send_later(SIGUSR1);
    CHECK_FAILS(syscall(NR_rt_sigtimedwait, &mask, &info, nullptr, 8), EINTR);
    CHECK_EQ(taken, 1);
    moment.tv_nsec = -1;
    CHECK_FAILS(syscall(NR_rt_sigtimedwait, &mask, &info, &moment, 8), EINVAL);
    sigprocmask(SIG_UNBLOCK, &mask, nullptr);
    reap();
}

void sigchld_tells_how_a_child_ended() {
    handle_info(SIGCHLD, note_info);
    CHECK_EQ(status_of([] { return 3; }), 3 << 8);
    CHECK_EQ(taken, 1);
    CHECK_EQ(last_info.si_code, CLD_EXITED);
    CHECK_EQ(last_info.si_status, 3);
    CHECK_EQ(status_of([] { return kill(getpid(), SIGKILL); }), SIGKILL);
    CHECK_EQ(last_info.si_code, CLD_KILLED);
    CHECK_EQ(last_info.si_status, SIGKILL);
    handle(SIGCHLD, SIG_DFL);
}

void ignored_sigchld_reaps_by_itself() {
    handle(SIGCHLD, SIG_IGN);
    const pid_t child = fork();
    if (child == 0) _exit(0);
    CHECK_FAILS(waitpid(child, nullptr, 0), ECHILD);
    CHECK_FAILS(kill(child, 0), ESRCH);
    handle(SIGCHLD, note, SA_NOCLDWAIT);
    const pid_t second = fork();
    if (second == 0) _exit(0);
    while (waitpid(second, nullptr, 0) < 0 && errno == EINTR) {
    }
    CHECK_EQ(errno, ECHILD);
    handle(SIGCHLD, SIG_DFL);
}

char* alternate;
volatile bool was_on_alternate;
void where_am_i(int) {
    char here;
    stack_t now;
    sigaltstack(nullptr, &now);
    was_on_alternate = &here >= alternate && &here < alternate + 8192 && now.ss_flags == SS_ONSTACK;
    const stack_t other = {alternate, 0, 4096};
    CHECK_FAILS(sigaltstack(&other, nullptr), EPERM);
}
void a_handler_runs_on_its_own_stack() {
    alternate = static_cast<char*>(malloc(8192));
    const stack_t stack = {alternate, 0, 8192};
    stack_t old;
    CHECK_EQ(sigaltstack(&stack, &old), 0);
    CHECK_EQ(old.ss_flags, SS_DISABLE);
    handle(SIGUSR1, where_am_i, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK(was_on_alternate);
    handle(SIGUSR1, where_am_i);
    const stack_t off = {nullptr, SS_DISABLE, 0};
    CHECK_EQ(sigaltstack(&off, nullptr), 0);
    const stack_t small = {alternate, 0, 100};
    CHECK_FAILS(sigaltstack(&small, nullptr), ENOMEM);
}

/// Overflows the stack; the handler, on another one, ends the process well.
int overflow() {
    static char stack_of_handler[8192];
    const stack_t stack = {stack_of_handler, 0, sizeof(stack_of_handler)};
    sigaltstack(&stack, nullptr);
    handle(
        SIGSEGV, [](int) { _exit(66); }, SA_ONSTACK);
    struct recurse {
        static int down(int n) {
            volatile char room[4096];
            room[0] = static_cast<char>(n);
            return n < 0 ? 0 : down(n + 1) + room[0];
        }
    };
    return recurse::down(0);
}

void a_stack_overflow_is_caught_on_the_alternate_stack() {
    CHECK_EQ(status_of(overflow), 66 << 8);
    CHECK_EQ(status_of([] {  // without one there is no place for the frame
                 handle(SIGSEGV, [](int) { _exit(66); });
                 asm volatile("movl $16, %%esp; pushl $0; hlt" : : : "memory");
                 return 0;
             }),
             SIGSEGV);
}

/// Everything but EAX, ECX and EDX (the call's) must survive a handler, the FPU and the direction flag
/// included.
void registers_and_fpu_survive_a_handler() {
    struct clobber {
        static void all(int) {
            asm volatile("fninit; fldpi; fldpi; movl $1, %%ebx; movl $2, %%esi; movl $3, %%edi"
                         :
                         :
                         : "ebx", "esi", "edi");
            unsigned long flags;
            asm volatile("pushfl; popl %0" : "=r"(flags));
            if (flags & 0x400) taken = 1000;  // the ABI wants it clear at a function's entry
        }
    };
    handle(SIGUSR1, clobber::all);
    const long pid = getpid();
    double pi_half = 0;
    unsigned long ebx = 0, esi = 0, edi = 0, flags = 0, result = 37;
    asm volatile(
        "fninit; fldpi; fld1; fadd %%st(0); fdivrp; std\n\t"
        "movl $0x5151, %%esi; movl $0x6161, %%edi\n\t"
        "int $0x80\n\t"
        "pushfl; cld; popl %4\n\t"
        "fstpl %5"
        : "+a"(result), "=b"(ebx), "=&S"(esi), "=&D"(edi), "=&d"(flags), "=m"(pi_half)
        : "1"(pid), "c"(SIGUSR1));
    CHECK_EQ(result, 0);
    CHECK_EQ(ebx, pid);
    CHECK_EQ(esi, 0x5151);
    CHECK_EQ(edi, 0x6161);
    CHECK(flags & 0x400);
    CHECK_EQ(taken, 0);
    CHECK(pi_half > 1.5707 && pi_half < 1.5708);
}

void old_calls_know_32_signals() {
    struct {
        void (*handler)(int);
        unsigned long mask, flags;
        void (*restorer)();
    } action{note, 0, 0, nullptr}, old{};
    taken = 0;
    CHECK_EQ(syscall(NR_sigaction, SIGUSR1, &action, &old), 0);
    raise(SIGUSR1);  // returns through the kernel's own code: no restorer
    CHECK_EQ(taken, 1);
    CHECK_EQ(syscall(NR_signal, SIGUSR1, SIG_DFL), reinterpret_cast<long>(note));
    unsigned long mask = 1ul << (SIGUSR2 - 1), before = 0;
    CHECK_EQ(syscall(NR_sigprocmask, SIG_BLOCK, &mask, &before), 0);
    CHECK_EQ(syscall(NR_sigprocmask, SIG_SETMASK, &before, &mask), 0);
    CHECK_EQ(mask, 1ul << (SIGUSR2 - 1));
}

void a_handler_may_change_where_its_program_goes_on() {
    struct skip {
        static void over(int, siginfo_t*, void* context) {
            taken = taken + 1;
            static_cast<ucontext_t*>(context)->uc_mcontext.eip += 2;  // ud2
            static_cast<ucontext_t*>(context)->uc_mcontext.eax = 4711;
        }
    };
    handle_info(SIGILL, skip::over);
    long eax = 0;
    asm volatile("ud2" : "+a"(eax));
    CHECK_EQ(eax, 4711);
    CHECK_EQ(taken, 1);
    handle(SIGILL, SIG_DFL);
}

/// A frame that asks for privileges ends the program, or gives it none.
template <class Change>
int forged(Change change) {
    static Change apply = change;
    struct forge {
        static void frame(int, siginfo_t*, void* context) {
            apply(static_cast<ucontext_t*>(context)->uc_mcontext);
        }
    };
    handle_info(SIGUSR1, forge::frame);
    return status_of([] {
        raise(SIGUSR1);
        unsigned long flags;
        asm volatile("pushfl; popl %0" : "=r"(flags));
        return (flags & 0x3000) == 0 && (flags & 0x200) ? 0 : 1;
    });
}

void forged_frames_give_no_privileges() {
    CHECK_EQ(forged([](sigcontext& c) { c.eflags = ~0ul & ~0x40100ul; }),
             0);  // IOPL 3, NT, VM, IF: dropped (not AC, TF)
    CHECK_EQ(forged([](sigcontext& c) { c.eflags = 0; }), 0);
    CHECK_EQ(forged([](sigcontext& c) { c.cs = 0x60; }) & 0x7F, SIGSEGV);
    CHECK_EQ(forged([](sigcontext& c) { c.ss = 0x68; }) & 0x7F, SIGSEGV);
    CHECK_EQ(forged([](sigcontext& c) { c.eip = 0xC0100000; }) & 0x7F, SIGSEGV);
    CHECK_EQ(forged([](sigcontext& c) { c.esp = 0xFFFFFFF0; }) & 0x7F, SIGSEGV);
    CHECK_EQ(forged([](sigcontext& c) { c.fpstate = reinterpret_cast<void*>(0xC0100000); }) & 0x7F, SIGSEGV);
    CHECK_EQ(forged([](sigcontext& c) { c.gs = 0x68, c.fs = 0xFFFF; }), 0);
    CHECK_EQ(status_of([] {
                 asm volatile("movl $0, %%esp; movl $119, %%eax; int $0x80" : : : "memory");
                 return 0;
             }),
             SIGSEGV);
    CHECK_EQ(status_of([] {
                 asm volatile("movl $0xC0000000, %%esp; movl $173, %%eax; int $0x80" : : : "memory");
                 return 0;
             }),
             SIGSEGV);
}

}  // namespace

int main() {
    a_handler_runs_and_the_program_goes_on();
    siginfo_tells_who_sent_it();
    a_blocked_signal_waits();
    realtime_signals_queue_with_their_values();
    kill_and_stop_cannot_be_caught_or_blocked();
    a_handlers_own_signal_waits_unless_nodefer();
    resethand_runs_once();
    an_ignored_signal_is_forgotten();
    a_sleep_is_interrupted_and_says_what_is_left();
    an_ignored_signal_does_not_cut_a_sleep_short();
    wait_is_restarted_only_with_sa_restart();
    sigsuspend_waits_with_another_mask_and_brings_the_old_one_back();
    sigtimedwait_takes_a_blocked_signal_without_a_handler();
    sigchld_tells_how_a_child_ended();
    ignored_sigchld_reaps_by_itself();
    a_handler_runs_on_its_own_stack();
    a_stack_overflow_is_caught_on_the_alternate_stack();
    registers_and_fpu_survive_a_handler();
    old_calls_know_32_signals();
    a_handler_may_change_where_its_program_goes_on();
    forged_frames_give_no_privileges();
    return verdict("signals");
}
