// SPDX-License-Identifier: GPL-2.0-or-later
// Nothing is lost: after processes, threads, programs and signals have come and gone, and after forks and
// execs that failed half-way, the kernel's objects and frames are as many as before. For this kernel only: it
// fills the memory.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/edition.h"

namespace {

constexpr int THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr long NR_rt_sigqueueinfo = 178;
constexpr unsigned long MIB = 1 << 20;

void nap(long milliseconds) {
    const timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    __syscall(__NR_nanosleep, reinterpret_cast<long>(&time));
}

// What the kernel counts -----------------------------------------------------------------------------------
char text[8192];

void read_file(const char* path) {
    const int fd = open(path, O_RDONLY);
    long length = 0;
    for (long got; (got = read(fd, text + length, sizeof(text) - 1 - length)) > 0;)
        length += got;
    text[length] = '\0';
    close(fd);
}

/// The first number behind `name` at the start of a line of the file.
long number_in(const char* path, const char* name) {
    read_file(path);
    const size_t length = strlen(name);
    for (const char* line = text; line && *line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, name, length) == 0) return strtol(line + length, nullptr, 10);
    }
    return -1;
}

const char* const CACHES[] = {"task_struct ",   "mm_struct ", "vm_area_struct ", "signal_cache ",
                              "sighand_cache ", "sigqueue ",  "files_cache ",    "filp "};
constexpr unsigned CACHE_COUNT = sizeof(CACHES) / sizeof(CACHES[0]);

struct census {
    long objects[CACHE_COUNT];
    long free_kib;
};

census count() {
    nap(20);  // a task is reaped before it has left the processor for good: its last reference goes there
    census now;
    for (unsigned i = 0; i < CACHE_COUNT; i++)
        now.objects[i] = number_in("/proc/slabinfo", CACHES[i]);
    now.free_kib = number_in("/proc/meminfo", "MemFree:");
    return now;
}

/// Runs a workload once to warm caches, then often; what it leaves must not grow with the number of runs.
void expect_no_growth(const char* name, void (*workload)(), int times = 12) {
    workload();
    const census before = count();
    for (int i = 0; i < times; i++)
        workload();
    const census after = count();
    for (unsigned i = 0; i < CACHE_COUNT; i++) {
        CHECK(before.objects[i] >= 0);
        if (before.objects[i] != after.objects[i]) {
            printf("  %s: %s%ld -> %ld\n", name, CACHES[i], before.objects[i], after.objects[i]);
            failed_checks++;
        }
    }
    if (after.free_kib < before.free_kib - 32) {  // a slab or a page table may stay
        printf("  %s: MemFree %ld -> %ld kB\n", name, before.free_kib, after.free_kib);
        failed_checks++;
    }
}

// Workloads ------------------------------------------------------------------------------------------------
/// A child that runs `function`; it must end with this wait status.
void in_child(int (*function)(), int wanted = 0) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, wanted);
}

void exec_self(const char* role) {
    const char* const argv[] = {"no_leaks", role, nullptr};
    execve("/proc/self/exe", const_cast<char* const*>(argv), environ);
}

void processes() {
    in_child([] { return 0; });
    in_child([] { return kill(getpid(), SIGKILL); }, SIGKILL);
    in_child([] {
        exec_self("exit");
        return 1;
    });
    const pid_t child = vfork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
}

/// The child dies with signals in its queues, its own and its process's.
void queued_signals() {
    in_child([] {
        const sigset_t all = ~0ull;
        sigprocmask(SIG_SETMASK, &all, nullptr);
        siginfo_t info{};
        info.si_code = -1;
        for (int i = 0; i < 50; i++)
            syscall(NR_rt_sigqueueinfo, getpid(), 40, &info);
        raise(SIGUSR1);
        kill(getpid(), SIGUSR2);
        return 0;
    });
}

void orphans_and_autoreap() {
    in_child([] {
        for (int i = 0; i < 3; i++) {
            if (fork() == 0) _exit((nap(10), 0));
        }
        return 0;
    });
    for (int i = 0; i < 3; i++)
        CHECK(waitpid(-1, nullptr, 0) > 0);  // we are init: they are ours now
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) _exit(0);
    CHECK_EQ(waitpid(-1, nullptr, 0), -1);
    signal(SIGCHLD, SIG_DFL);
}

alignas(16) char stacks[4][8192];
int sleep_for_ever(void*) {
    for (;;)
        nap(1000);
}
int thread_execs(void*) {
    const char* const argv[] = {"no_leaks", "exit", nullptr};
    __syscall(__NR_execve, reinterpret_cast<long>("/proc/self/exe"), reinterpret_cast<long>(argv),
              reinterpret_cast<long>(environ));
    return 1;
}
void start_threads(int count) {
    for (int i = 0; i < count; i++)
        clone(sleep_for_ever, stacks[i] + sizeof(stacks[i]), THREAD, nullptr);
}

void threads() {
    in_child([] {
        start_threads(4);
        return 0;
    });
    in_child([] {
        start_threads(3);
        clone(thread_execs, stacks[3] + sizeof(stacks[3]), THREAD, nullptr);
        return sleep_for_ever(nullptr);
    });
    in_child(
        [] {
            start_threads(4);
            nap(5);
            return kill(getpid(), SIGTERM);
        },
        SIGTERM);
    in_child(
        [] {  // the leader goes first, the others are killed
            const pid_t self = getpid();
            start_threads(4);
            if (fork() == 0) {
                nap(10);
                kill(self, SIGKILL);
                _exit(0);
            }
            __syscall(__NR_exit, 0);
            return 0;
        },
        SIGKILL);
    CHECK(waitpid(-1, nullptr, 0) > 0);  // the killer, orphaned
}

void failing_execs() {
    in_child(
        [] {
            char* const argv[] = {const_cast<char*>("x"), nullptr};
            const char* const files[] = {"/tests/bad_filesz_huge.elf",
                                         "/tests/bad_interpreter.elf",
                                         "/tests/bad_empty.elf",
                                         "/tests/bad_phoff.elf",
                                         "/no/such/file",
                                         "/bin"};
            for (const char* file : files)
                execve(file, argv, environ);
            execve("/proc/self/exe", argv, reinterpret_cast<char* const*>(0xC0000000));
            execve("/tests/killed_over_the_stack.elf", argv, environ);
            return 1;
        },
        SIGKILL);
    in_child(
        [] {
            char* const argv[] = {const_cast<char*>("x"), nullptr};
            execve("/tests/killed_huge_bss.elf", argv, environ);
            return 1;
        },
        SIGKILL);
}

char* map_private(unsigned long size) {
    void* const start = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(start != MAP_FAILED);
    return static_cast<char*>(start);
}

/// Promises and frames together leave no room for a second such space: fork is refused when it has copied a
/// part. 2.4 does not add promises up.
void failing_forks() {
    in_child([] {
        map_private(35 * MIB);
        char* const used = map_private(35 * MIB);
        for (unsigned long i = 0; i < 35 * MIB; i += 4096)
            used[i] = 1;
        int refused = 0;
        for (int i = 0; i < 5; i++) {
            const pid_t child = fork();
            if (child == 0) _exit(0);
            if (child < 0)
                refused++;
            else
                waitpid(child, nullptr, 0);
        }
        const rlimit none = {0, 0};
        setrlimit(RLIMIT_NPROC, &none);
        syscall(213, 1000);
        if (fork() >= 0) return 1;
        return (refused > 0) != is_2_4() ? 0 : 2;
    });
}

int fork_until_refused() {
    int made = 0;
    for (;; made++) {
        const pid_t child = fork();
        if (child == 0) {
            nap(60000);
            _exit(0);
        }
        if (child < 0) break;
    }
    const int reason = errno;
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    int dead = 0;
    while (waitpid(-1, nullptr, 0) > 0)
        dead++;
    return made >= 20 && dead == made && (reason == EAGAIN || reason == ENOMEM) ? 0 : 1;
}

/// In a group of its own, so that it can kill them all at once.
void a_fork_bomb_ends_in_an_error() {
    const pid_t child = fork();
    if (child == 0) {
        syscall(66);  // setsid
        _exit(fork_until_refused());
    }
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

/// A few children write to more memory than there is. Who gets none is killed; the others and the kernel
/// live.
void more_memory_than_there_is() {
    for (int i = 0; i < 4; i++) {
        if (fork() != 0) continue;
        for (;;) {
            char* const block = static_cast<char*>(mmap(nullptr, MIB, PROT_READ | PROT_WRITE,
                                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
            if (block == MAP_FAILED) _exit(0);
            for (unsigned long at = 0; at < MIB; at += 4096)
                block[at] = 1;
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        CHECK(waitpid(-1, &status, 0) > 0);
        CHECK(status == 0 || status == SIGKILL);
    }
}

}  // namespace

int main(int argc, char**) {
    if (argc >= 2) return 0;  // started by exec_self
    utsname name;
    uname(&name);
    if (!strstr(name.release, "mmscope")) {
        printf("this program fills the machine's memory: it runs on its own kernel only\n");
        return 2;
    }
    expect_no_growth("processes", processes);
    expect_no_growth("queued_signals", queued_signals);
    expect_no_growth("orphans_and_autoreap", orphans_and_autoreap);
    expect_no_growth("threads", threads);
    expect_no_growth("failing_execs", failing_execs);
    expect_no_growth("failing_forks", failing_forks, 1);
    expect_no_growth("a_fork_bomb_ends_in_an_error", a_fork_bomb_ends_in_an_error, 1);
    expect_no_growth("more_memory_than_there_is", more_memory_than_there_is, 1);
    return verdict("no_leaks");
}
