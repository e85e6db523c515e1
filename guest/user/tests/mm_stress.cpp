// SPDX-License-Identifier: GPL-2.0-or-later
// Threads of one process and their forked children change one address space at the same time. Each checks
// that its own pages keep their contents, so a lost page, a stale translation or a frame given out twice
// shows.
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

constexpr int kThreads = 4, kRounds = 100, kForkEvery = 10;
constexpr unsigned long kPage = 4096;
constexpr long kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

alignas(16) char stacks[kThreads][16384];
int finished;
int broken;  // the first thing that was wrong: line * 100 + thread

struct worker {
    unsigned number, state;
    unsigned next() {
        state = state * 1664525 + 1013904223;
        return state >> 8;
    }
    void require(bool condition, int line) const {
        if (condition) return;
        int none = 0;
        __atomic_compare_exchange_n(&broken, &none, line * 100 + static_cast<int>(number), false,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
};
#define REQUIRE(condition) w->require(condition, __LINE__)

unsigned pattern(const worker* w, unsigned long page) {
    return (w->number + 1) * 0x01010101u + page * 7;
}

/// Bare system calls only: errno belongs to the first thread.
long map(unsigned long pages) {
    return __syscall(__NR_mmap2, 0, static_cast<long>(pages * kPage), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
bool is_error(long result) {
    return static_cast<unsigned long>(result) > static_cast<unsigned long>(-4096);
}

void fill(const worker* w, long at, unsigned long pages) {
    for (unsigned long i = 0; i < pages; i++)
        *reinterpret_cast<volatile unsigned*>(static_cast<unsigned long>(at) + i * kPage) = pattern(w, i);
}
bool is_filled(const worker* w, long at, unsigned long from, unsigned long to) {
    for (unsigned long i = from; i < to; i++) {
        if (*reinterpret_cast<volatile unsigned*>(static_cast<unsigned long>(at) + i * kPage) !=
            pattern(w, i))
            return false;
    }
    return true;
}

/// The child sees what this thread had at the fork, and its own writes stay its own.
void fork_and_compare(worker* w, long at, unsigned long pages) {
    const long child = __syscall(__NR_fork);
    if (child == 0) {
        bool right = is_filled(w, at, 0, pages);
        *reinterpret_cast<volatile unsigned*>(at) = 0;
        __syscall(__NR_sched_yield);
        right = right && is_filled(w, at, 1, pages);
        __syscall(__NR_exit, right ? 0 : 1);
    }
    REQUIRE(child > 0);
    int status = -1;
    if (child > 0) REQUIRE(__syscall(__NR_wait4, child, reinterpret_cast<long>(&status), __WALL, 0) == child);
    REQUIRE(status == 0);
    REQUIRE(is_filled(w, at, 0, pages));
}

void round(worker* w, int number) {
    const unsigned long pages = 4 + w->next() % 12, first = 1 + w->next() % 2, last = pages - 1;
    const long at = map(pages);
    REQUIRE(!is_error(at));
    if (is_error(at)) return;
    fill(w, at, pages);
    if (w->next() % 2) __syscall(__NR_sched_yield);
    const long middle = at + static_cast<long>(first * kPage),
               length = static_cast<long>((last - first) * kPage);
    REQUIRE(__syscall(__NR_mprotect, middle, length, PROT_READ) == 0);
    REQUIRE(is_filled(w, at, 0, pages));
    REQUIRE(__syscall(__NR_mprotect, middle, length, PROT_READ | PROT_WRITE) == 0);
    if (number % kForkEvery == static_cast<int>(w->number)) fork_and_compare(w, at, pages);
    REQUIRE(__syscall(__NR_munmap, middle, length) == 0);
    REQUIRE(is_filled(w, at, 0, first) && is_filled(w, at, last, pages));
    // Each end by itself: the hole may be another thread's by now.
    REQUIRE(__syscall(__NR_munmap, at, static_cast<long>(first * kPage)) == 0);
    REQUIRE(__syscall(__NR_munmap, middle + length, static_cast<long>((pages - last) * kPage)) == 0);
}

int thread(void* pointer) {
    auto* w = static_cast<worker*>(pointer);
    for (int i = 0; i < kRounds; i++)
        round(w, i);
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
    return 0;
}

unsigned long free_pages() {
    unsigned long info[16] = {};
    CHECK_EQ(__syscall(116, reinterpret_cast<long>(info)), 0);
    return info[5] / 4096;
}

void run_threads() {
    static worker workers[kThreads];
    finished = 0;
    for (unsigned i = 0; i < kThreads; i++) {
        workers[i] = {i, i * 2654435761u + 1};
        CHECK(clone(thread, stacks[i] + sizeof stacks[i], kFlags, &workers[i], nullptr, nullptr, nullptr) >
              0);
    }
    while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) < kThreads)
        usleep(10000);
    usleep(20000);  // the threads' own ends
}

}  // namespace

int main() {
    run_threads();
    const unsigned long before = free_pages();
    run_threads();
    const long lost = static_cast<long>(before - free_pages());
    CHECK_EQ(broken, 0);
    CHECK(lost <= 2);
    if (lost > 2) printf("  %ld pages are lost\n", lost);
    return verdict("mm_stress");
}
