// SPDX-License-Identifier: GPL-2.0-or-later
// Threads are tasks that share one mm: what one maps or writes, all have.
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tour/tour.h"

namespace {
constexpr int kThreads = 3;
constexpr size_t kPagesEach = 4, kStackSize = 8192;
constexpr int kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                             CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

alignas(kPage) char stacks[kThreads][kStackSize];
int thread_id[kThreads];  // the kernel clears it when the thread is gone
char* shared_memory;
int finished;  // threads that wrote their pages
int may_end;

struct Argument {
    int index;
    pid_t process;
    int same_process;
} arguments[kThreads];

/// Only bare system calls here: errno belongs to the first thread.
int thread(void* pointer) {
    Argument* argument = static_cast<Argument*>(pointer);
    argument->same_process = __syscall(__NR_getpid) == argument->process;
    char* mine = shared_memory + static_cast<size_t>(argument->index) * kPagesEach * kPage;
    for (size_t i = 0; i < kPagesEach; i++)
        *static_cast<volatile char*>(mine + i * kPage) = static_cast<char>('1' + argument->index);
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
    // Asleep, not spinning: the first task waits for a slow line meanwhile.
    const timespec tick{.tv_sec = 0, .tv_nsec = 10000000};
    while (!__atomic_load_n(&may_end, __ATOMIC_SEQ_CST))
        __syscall(__NR_nanosleep, reinterpret_cast<long>(&tick));
    return 0;
}

void start_threads() {
    for (int i = 0; i < kThreads; i++) {
        arguments[i] = {i, getpid(), 0};
        const int tid = clone(thread, stacks[i] + kStackSize, kThreadFlags, &arguments[i], &thread_id[i],
                              nullptr, &thread_id[i]);
        if (tid >= 0) continue;
        perror("tour: clone");
        exit(1);
    }
    while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) < kThreads)
        sched_yield();
}

void end_threads() {
    __atomic_store_n(&may_end, 1, __ATOMIC_SEQ_CST);
    for (int& id : thread_id) {
        while (__atomic_load_n(&id, __ATOMIC_SEQ_CST) != 0)
            usleep(10000);
    }
    while (number_in("/proc/self/status", "Threads:") > 1)
        sched_yield();
}

void check_what_they_wrote() {
    long right = 0, same = 0;
    for (int i = 0; i < kThreads; i++) {
        same += arguments[i].same_process;
        for (size_t page = 0; page < kPagesEach; page++) {
            right += shared_memory[(static_cast<size_t>(i) * kPagesEach + page) * kPage] == '1' + i;
        }
    }
    did("the first task reads the pages", "%ld of %zu pages have what the threads wrote", right,
        kThreads * kPagesEach);
    expect("pages with the threads' values", right, kThreads * kPagesEach);
    expect("threads that have the process's pid", same, kThreads);
}
}  // namespace

void threads() {
    title("Threads share one address space");
    note("clone(CLONE_VM) makes a task that uses its maker's mm_struct: one set of areas, one set of");
    note("page tables, one count of faults.");
    shared_memory = map_pages(kThreads * kPagesEach, PROT_READ | PROT_WRITE);
    settle();
    const Counters before = count();
    start_threads();
    const Counters c = count() - before;
    const long tasks = number_in("/proc/self/status", "Threads:");
    did("3 threads write 4 pages each", "%ld minor faults, VmRSS %+ld kB, %ld tasks in the process", c.minor,
        c.rss, tasks);
    expect("minor faults", c.minor, kThreads * kPagesEach);
    expect("growth of resident memory (KiB)", c.rss, kThreads * kPagesEach * kPageKib);
    expect("tasks", tasks, kThreads + 1);
    check_what_they_wrote();
    checkpoint(5);
    end_threads();
    did("the threads end", "%ld task left", number_in("/proc/self/status", "Threads:"));
    unmap_pages(shared_memory, kThreads * kPagesEach);
}
