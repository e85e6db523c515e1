// SPDX-License-Identifier: GPL-2.0-or-later
// Threads of one process fork, signal each other, sleep and map at once, until one of them ends the process
// by exit_group, exec or SIGKILL, whatever the others are doing. Also runs on a Linux host.
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

constexpr int kThreads = 6, kRounds = 60, kSteps = 40;
constexpr long kPage = 4096;
constexpr int kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr int kExecStatus = 55, kGroupStatus = 44;

alignas(16) char stacks[kThreads][16384];
volatile int tids[kThreads];
int handled;
unsigned ender, way_to_end;

// Threads share one errno with the library, so they use __syscall() only.
long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    return __syscall(number, a, b, c, d, e, f);
}
template <class T>
long address(const T* pointer) {
    return reinterpret_cast<long>(pointer);
}

struct generator {
    unsigned state;
    unsigned below(unsigned limit) {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % limit;
    }
};

void nap(long microseconds) {
    const timespec time = {0, microseconds * 1000};
    call(__NR_nanosleep, address(&time));
}

/// fork from a thread: the child is a process with this one thread, and its memory is its own.
void fork_and_wait(unsigned number) {
    volatile unsigned mine = number;
    const long child = call(__NR_fork);
    if (child == 0) {
        mine = mine + 1000;
        call(__NR_exit_group, mine == number + 1000 ? 7 : 8);
    }
    if (child < 0) return;  // interrupted by the end of the process, or no memory
    int status = 0;
    long got;
    while ((got = call(__NR_wait4, child, address(&status), 0, 0)) == -EINTR) {
    }
    if (got != child || status != 7 << 8 || mine != number) call(__NR_exit_group, 99);
}

void map_and_unmap(generator& random) {
    const long at =
        call(__NR_mmap2, 0, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0 && at > -4096) return;
    reinterpret_cast<volatile char*>(at)[random.below(4) * kPage] = 1;
    call(__NR_munmap, at, 4 * kPage);
}

void signal_someone(generator& random) {
    const int tid = tids[random.below(kThreads)];
    if (tid > 0) call(__NR_tgkill, getpid(), tid, SIGUSR1);
}

void end_process() {
    const char* const argv[] = {"process_stress", "exec", nullptr};
    const sigset_t usr1 =
        1ull << (SIGUSR1 - 1);  // exec forgets the handler: one that is under way must not kill
    call(__NR_rt_sigprocmask, SIG_BLOCK, address(&usr1), 0, sizeof(usr1));
    switch (way_to_end) {
        case 0:
            call(__NR_exit_group, kGroupStatus);
            break;
        case 1:
            call(__NR_execve, address("/proc/self/exe"), address(argv), address(environ));
            call(__NR_exit_group, 98);
            break;
        default:
            call(__NR_kill, getpid(), SIGKILL);
    }
}

int work(void* argument) {
    const unsigned number = static_cast<unsigned>(reinterpret_cast<unsigned long>(argument));
    generator random{number * 7919 + 1};
    tids[number] = static_cast<int>(call(__NR_gettid));
    for (int step = 0; step < kSteps; step++) {
        switch (random.below(6)) {
            case 0:
                fork_and_wait(number);
                break;
            case 1:
                map_and_unmap(random);
                break;
            case 2:
            case 3:
                signal_someone(random);
                break;
            case 4:
                call(__NR_sched_yield);
                break;
            default:
                nap(random.below(2000));
        }
        if (number == ender && step == kSteps / 2) end_process();
    }
    for (;;)
        nap(100000);
}

/// One process with threads that ends in one of three ways.
[[noreturn]] void arena(unsigned round) {
    signal(SIGUSR1, [](int) { __atomic_fetch_add(&handled, 1, __ATOMIC_SEQ_CST); });
    ender = round % kThreads;
    way_to_end = round / kThreads % 3;
    for (unsigned long i = 1; i < kThreads; i++)
        clone(work, stacks[i] + sizeof(stacks[i]), kThreadFlags, reinterpret_cast<void*>(i));
    work(nullptr);
    _exit(97);
}

int wanted_status(unsigned round) {
    constexpr int ways[] = {kGroupStatus << 8, kExecStatus << 8, SIGKILL};
    return ways[round / kThreads % 3];
}

}  // namespace

int main(int argc, char**) {
    if (argc >= 2) return getpid() == gettid() ? kExecStatus : 96;
    for (unsigned round = 0; round < kRounds && failed_checks == 0; round++) {
        const pid_t child = fork();
        if (child == 0) arena(round);
        int status = -1;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, wanted_status(round));
    }
    if (getpid() == 1) {
        while (waitpid(-1, nullptr, 0) > 0) {  // forked children whose process was killed
        }
        CHECK_EQ(errno, ECHILD);
    }
    return verdict("process_stress");
}
