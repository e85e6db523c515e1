// SPDX-License-Identifier: GPL-2.0-or-later
// Children make random system calls with hostile arguments. The kernel must survive all of them, refuse what
// it must, and get every page back. The sequence is the same in each run. Words of the kernel's command line:
// fuzz=SECONDS of virtual time (0: two batches), seed=NUMBER.
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/parameter.h"

namespace {

constexpr unsigned kChildren = 40, kCalls = 400, kHighestCall = 340;
constexpr unsigned long kAddressSpace = 8 << 20;

struct generator {
    unsigned state;
    unsigned next() {
        state = state * 1664525 + 1013904223;
        return state >> 8;
    }
    unsigned below(unsigned limit) { return next() % limit; }
};

/// Those that sleep for ever are called rarely: each ends a child.
bool is_left_out(generator& random, unsigned number) {
    constexpr unsigned sleeping[] = {29, 72, 179};
    for (unsigned n : sleeping) {
        if (n == number) return random.below(8) != 0;
    }
    return false;
}

/// exit, exit_group, and the calls that send signals: they end the caller, or anybody.
bool ends_somebody(unsigned number) {
    constexpr unsigned ending[] = {1, 37, 178, 238, 252, 270};
    for (unsigned n : ending) {
        if (n == number) return true;
    }
    return false;
}

/// An argument out of the kinds that have broken kernels.
long argument(generator& random, char* page) {
    switch (random.below(12)) {
        case 0:
            return 0;
        case 1:
            return -1;
        case 2:
            return static_cast<long>(0xC0000000 + random.below(0x100000));
        case 3:
            return static_cast<long>(0xBFFFFFF0 + random.below(0x20));
        case 4:
            return reinterpret_cast<long>(page + random.below(4096));
        case 5:
            return reinterpret_cast<long>(page + 4096 - random.below(8));  // runs into an unmapped page
        case 6:
            return static_cast<long>(random.next() << 12);
        case 7:
            return static_cast<long>(random.below(64));
        case 8:
            return static_cast<long>(random.below(8));
        case 9:
            return static_cast<long>(0x80000000);
        case 10:
            return 4096 * static_cast<long>(random.below(16));
        default:
            return static_cast<long>(random.next() * 257);
    }
}

bool makes_task(unsigned number) {
    return number == __NR_fork || number == __NR_vfork || number == __NR_clone;
}

/// By a child of its own, so that the caller goes on, if it is not the one that the signal is for.
void call_in_child(generator& random, unsigned number, long* a) {
    if (number != __NR_exit && number != __NR_exit_group && random.below(2)) {
        const long targets[] = {0, -1, __syscall(__NR_getpid), -__syscall(__NR_getpid), 1, 2};
        a[0] = random.below(4) ? static_cast<long>(random.below(64)) : targets[random.below(6)];
        a[number == __NR_tgkill ? 2 : 1] = static_cast<long>(random.below(66));
    }
    if (__syscall(__NR_fork) == 0) {
        __syscall(static_cast<long>(number), a[0], a[1], a[2], a[3], a[4], a[5]);
        __syscall(__NR_exit, 0);
    }
    __syscall(__NR_wait4, -1, 0, WNOHANG, 0);
}

/// The new task has a stack of its own, whatever it shares; it gives the processor up once and ends.
void make_task(generator& random, unsigned number, const long* a) {
    constexpr long kFlags[] = {0x100,   0x200,  0x400,    0x800,    0x900,     0x10900,
                               0x80000, 0x4000, 0x100000, 0x200000, 0x1000000, 0x8000};
    static char stack[8192];
    long flags = number == __NR_clone ? static_cast<long>(random.below(66)) : static_cast<long>(SIGCHLD);
    for (unsigned i = random.below(6); number == __NR_clone && i > 0; i--)
        flags |= kFlags[random.below(sizeof kFlags / sizeof kFlags[0])];
    if (random.below(4) == 0) flags = a[0];
    long result;
    asm volatile(
        "int $0x80\n\t"
        "testl %%eax, %%eax\n\t"
        "jnz 1f\n\t"
        "movl $158, %%eax\n\t"  // sched_yield
        "int $0x80\n\t"
        "movl $1, %%eax\n\t"  // exit, of this thread only
        "xorl %%ebx, %%ebx\n\t"
        "int $0x80\n"
        "1:"
        : "=a"(result)
        : "0"(__NR_clone), "b"(flags), "c"(stack + sizeof stack), "d"(a[2]), "S"(a[3]), "D"(a[4])
        : "memory", "cc");
    (void)result;
}

/// Who jumps into a large area of empty pages runs through it as code, two bytes an instruction: virtual time
/// hardly goes on, but an emulator translates each page.
void bound_the_address_space() {
    const struct rlimit limit = {kAddressSpace, kAddressSpace};
    CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
}

[[noreturn]] void child(unsigned seed) {
    generator random{seed};
    bound_the_address_space();
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    auto* page =
        static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    munmap(page + 4096, 4096);
    strcpy(page, "/proc/self/status");
    for (unsigned i = 0; i < kCalls; i++) {
        const unsigned number = random.below(kHighestCall);
        if (is_left_out(random, number)) continue;
        long a[6];
        for (long& value : a)
            value = argument(random, page);
        if (makes_task(number)) {
            make_task(random, number, a);
            continue;
        }
        if (ends_somebody(number)) {
            call_in_child(random, number, a);
            continue;
        }
        if (number == __NR_reboot) a[0] &= 0xFFFF;  // never the right magic
        __syscall(static_cast<long>(number), a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    _exit(0);
}

/// Waits, but not for ever: a child that has put itself to sleep is killed, and so is whoever it leaves
/// behind.
void reap(pid_t pid) {
    bool ended = false;
    for (unsigned tries = 0; tries < 4 && !ended; tries++) {
        int status;
        ended = waitpid(pid, &status, WNOHANG) == pid;
        if (!ended) usleep(10000);
    }
    kill(-1, SIGKILL);
    int status;
    if (!ended) CHECK_EQ(waitpid(pid, &status, 0), pid);
}

/// Children of children that have lost their parent.
void reap_orphans() {
    int status;
    while (waitpid(-1, &status, WNOHANG) > 0) {
    }
}

void batch(unsigned seed) {
    for (unsigned i = 1; i <= kChildren; i++) {
        const pid_t pid = fork();
        if (pid == 0) child(seed + i * 7919);
        CHECK(pid > 0);
        if (pid > 0) reap(pid);
        reap_orphans();
    }
}

unsigned long free_pages() {
    unsigned long info[16] = {};
    CHECK_EQ(__syscall(116, reinterpret_cast<long>(info)), 0);
    return info[5] / 4096;
}

}  // namespace

int main() {
    const long seconds = parameter("fuzz=", 0), start = seconds_now();
    unsigned seed = parameter("seed=", 0);
    batch(seed++);  // fills the caches
    const unsigned long before = free_pages();
    do
        batch(seed++);
    while (failed_checks == 0 && seconds_now() - start < seconds);
    usleep(20000);  // the dead leave the processor
    reap_orphans();
    const unsigned long after = free_pages();
    const long lost = static_cast<long>(before - after);
    CHECK(lost <= 4);
    if (lost > 4) printf("  %ld pages are lost\n", lost);
    return verdict("syscall_fuzz");
}
