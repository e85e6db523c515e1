// SPDX-License-Identifier: GPL-2.0-or-later
// The operations of mm_torture: each changes the space of a worker at a place and by numbers that the
// worker's generator chooses, and what the worker believes of it.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/torture.h"

namespace torture {

constexpr unsigned char kReadWrite = PROT_READ | PROT_WRITE;
constexpr const char* kFile = "/proc/self/exe";  // any file that is long enough

// Making and ending mappings ----------------------------------------------------------------------------

inline void believe_new(region* r, unsigned first, unsigned end) {
    for (unsigned i = first; i < end; i++)
        r->page[i] = {true, kReadWrite, r->kind == backing::file ? file_word[i] : 0};
}

inline void map_region(worker& w) {
    region* r = w.free_slot();
    if (!r) return;
    r->kind = static_cast<backing>(w.random.below(3));
    const unsigned pages = 1 + w.random.below(r->kind == backing::file ? kFilePages : kMaxPages);
    int flags = r->kind == backing::shared ? MAP_SHARED : MAP_PRIVATE;
    if (r->kind != backing::file) flags |= MAP_ANONYMOUS;
    if (w.random.below(4) == 0) flags |= MAP_POPULATE;
    if (w.random.below(4) == 0) flags |= MAP_NORESERVE;
    if (w.random.below(6) == 0) flags |= MAP_LOCKED;
    const int fd = r->kind == backing::file ? open(kFile, O_RDONLY) : -1;
    void* at = mmap(nullptr, pages * kPage, kReadWrite, flags, fd, 0);
    if (fd >= 0) close(fd);
    if (at == MAP_FAILED) return;  // no memory or no room for locked pages: allowed
    r->at = static_cast<char*>(at);
    r->pages = pages;
    believe_new(r, 0, pages);
}

inline void forget_if_empty(region* r) {
    if (part{r, 0, r->pages}.all([](const page_belief& p) { return !p.mapped; })) r->pages = 0;
}

inline void unmap(const part& p) {
    for (unsigned i = p.first; i < p.first + p.count; i++) {
        if (!p.in->page[i].mapped) continue;  // the hole may be another mapping by now
        REQUIRE(munmap(p.in->at + i * kPage, kPage) == 0);
        p.in->page[i].mapped = false;
    }
    forget_if_empty(p.in);
}

inline void unmap_part(worker& w) {
    region* r = w.pick();
    if (!r) return;
    const part p = w.pick_part(r);
    if (!p.mapped()) return unmap(p);
    REQUIRE(munmap(p.address(), p.length()) == 0);
    for (unsigned i = p.first; i < p.first + p.count; i++)
        r->page[i].mapped = false;
    forget_if_empty(r);
}

inline void unmap_all(worker& w) {
    for (region& r : w.regions)
        if (r.pages) unmap({&r, 0, r.pages});
}

// Contents and rights -----------------------------------------------------------------------------------

inline void write_pages(worker& w) {
    region* r = w.pick();
    if (!r) return;
    const part p = w.pick_part(r);
    for (unsigned i = p.first; i < p.first + p.count; i++) {
        if (!r->page[i].mapped || !(r->page[i].prot & PROT_WRITE)) continue;
        *word_of(*r, i) = r->page[i].value = w.fresh_value();
    }
}

inline void protect_part(worker& w) {
    constexpr unsigned char kProtections[] = {PROT_NONE, PROT_READ, kReadWrite, kReadWrite};
    region* r = w.pick();
    if (!r) return;
    const part p = w.pick_part(r);
    const unsigned char prot = kProtections[w.random.below(4)];
    if (!p.mapped() || mprotect(p.address(), p.length(), prot) != 0) return;
    for (unsigned i = p.first; i < p.first + p.count; i++)
        r->page[i].prot = prot;
}

/// Whole regions of private anonymous memory grow and move; all kinds shrink.
inline void remap_region(worker& w) {
    region* r = w.pick();
    if (!r || !part{r, 0, r->pages}.mapped()) return;
    unsigned pages = 1 + w.random.below(kMaxPages);
    if (r->kind != backing::anon && pages > r->pages) pages = r->pages;
    void* at = mremap(r->at, r->pages * kPage, pages * kPage, MREMAP_MAYMOVE);
    if (at == MAP_FAILED) return;  // several areas cannot be moved as one
    r->at = static_cast<char*>(at);
    for (unsigned i = r->pages; i < pages; i++)
        r->page[i] = {true, r->page[r->pages - 1].prot, 0};
    r->pages = pages;
}

inline void advise_part(worker& w) {
    constexpr int kAdvice[] = {MADV_DONTNEED, MADV_DONTNEED, MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL};
    region* r = w.pick();
    if (!r) return;
    const part p = w.pick_part(r);
    if (!p.mapped()) return;
    const int advice = kAdvice[w.random.below(5)];
    if (advice == MADV_DONTNEED) munlock(p.address(), p.length());
    if (madvise(p.address(), p.length(), advice) != 0 || advice != MADV_DONTNEED) return;
    if (r->kind == backing::shared) return;
    for (unsigned i = p.first; i < p.first + p.count; i++)
        r->page[i].value = r->kind == backing::file ? file_word[i] : 0;
}

inline void lock_part(worker& w) {
    region* r = w.pick();
    if (!r) return;
    const part p = w.pick_part(r);
    if (!p.mapped()) return;
    w.random.below(2) ? mlock(p.address(), p.length()) : munlock(p.address(), p.length());
    if (w.random.below(16) == 0) mlockall(MCL_CURRENT);
    if (w.random.below(4) == 0) munlockall();
}

inline void look_at_part(worker& w) {
    static unsigned char residence[kMaxPages];
    region* r = w.pick();
    if (!r) return;
    const part p = w.pick_part(r);
    if (!p.mapped()) return;
    REQUIRE(mincore(p.address(), p.length(), residence) == 0);
    msync(p.address(), p.length(), w.random.below(2) ? MS_SYNC : MS_ASYNC);
}

// Heap, stack, faults -----------------------------------------------------------------------------------

inline void move_break(worker& w) {
    static unsigned long first;
    const auto now = static_cast<unsigned long>(__syscall(__NR_brk, 0));
    if (!first) first = now;
    const unsigned long wanted = first + w.random.below(40) * 2048;
    const auto got = static_cast<unsigned long>(__syscall(__NR_brk, static_cast<long>(wanted)));
    for (unsigned long at = now; at < got; at += kPage)
        *reinterpret_cast<volatile char*>(at) = 1;
}

inline unsigned deep(unsigned depth) {
    volatile char room[2048];
    room[0] = static_cast<char>(depth);
    return depth == 0 ? 0 : deep(depth - 1) + static_cast<unsigned char>(room[0]);
}
inline void grow_stack(worker& w) {
    const unsigned depth = w.random.below(60);
    unsigned sum = 0;
    for (unsigned i = 0; i <= depth; i++)
        sum += i;
    REQUIRE(deep(depth) == sum);
}

inline jmp_buf after_fault;
inline void on_fault(int) {
    longjmp(after_fault, 1);
}

inline bool write_faults(volatile unsigned* at) {
    if (setjmp(after_fault)) return true;
    *at = 0;
    return false;
}

inline void fault_on_purpose(worker& w) {
    region* r = w.pick();
    if (!r) return;
    const part p = w.pick_part(r);
    const page_belief& page = r->page[p.first];
    if (page.mapped && !(page.prot & PROT_WRITE)) REQUIRE(write_faults(word_of(*r, p.first)));
}

// Processes and threads ---------------------------------------------------------------------------------

inline void wait_for(long child) {
    int status = -1;
    if (child > 0) REQUIRE(waitpid(static_cast<pid_t>(child), &status, 0) == child && status == 0);
}

/// The child sees what its parent had, and what it writes stays its own. It leaves shared memory alone.
inline void fork_child(worker& w) {
    const pid_t child = fork();
    if (child == 0) {
        broken = 0;
        verify(w);
        for (region& r : w.regions) {
            if (r.pages && r.kind == backing::shared) unmap({&r, 0, r.pages});
        }
        for (unsigned i = 0; i < 6; i++)
            write_pages(w);
        if (w.random.below(2)) unmap_part(w);
        sched_yield();
        verify(w);
        _exit(broken == 0 ? 0 : 1);
    }
    wait_for(child);
}

inline void run_program(worker&) {
    const pid_t child = fork();
    if (child == 0) {
        const char* const argv[] = {"/bin/true", nullptr};
        execve(argv[0], const_cast<char* const*>(argv), environ);
        _exit(1);
    }
    wait_for(child);
}

struct thread_work {
    unsigned pages;
    int done, wrong;
};

/// Bare system calls only: errno belongs to the first thread.
inline int thread(void* pointer) {
    auto* work = static_cast<thread_work*>(pointer);
    const auto length = static_cast<long>(work->pages * kPage);
    const long at = __syscall(__NR_mmap2, 0, length, kReadWrite, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (static_cast<unsigned long>(at) < 0xFFFFF000ul) {
        for (unsigned i = 0; i < work->pages; i++)
            *reinterpret_cast<volatile unsigned*>(static_cast<unsigned long>(at) + i * kPage) = i;
        __syscall(__NR_sched_yield);
        for (unsigned i = 0; i < work->pages; i++)
            work->wrong |=
                *reinterpret_cast<volatile unsigned*>(static_cast<unsigned long>(at) + i * kPage) != i;
        work->wrong |= __syscall(__NR_munmap, at, length) != 0;
    }
    __atomic_store_n(&work->done, 1, __ATOMIC_SEQ_CST);
    return 0;
}

inline void run_thread(worker& w) {
    alignas(16) static char stack[8192];
    static thread_work work;
    constexpr int kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND;
    work = {1 + w.random.below(20), 0, 0};
    const int tid = clone(thread, stack + sizeof stack, kFlags | SIGCHLD, &work);
    for (unsigned i = 0; i < 3; i++)
        write_pages(w);
    wait_for(tid);
    if (tid > 0) REQUIRE(work.done == 1 && work.wrong == 0);
}

}  // namespace torture
