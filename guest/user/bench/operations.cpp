// SPDX-License-Identifier: GPL-2.0-or-later
// What memory management is asked for most: system calls on areas and processes, and each kind of page fault.
#include <sched.h>
#include <signal.h>

#include "bench/bench.h"

namespace bench {
namespace {

using probe::kPage;
using probe::look;
using probe::map;
using probe::touch;
using probe::unmap;

constexpr uint32_t kPairs = 4000, kForks = 20, kAreas = 1000, kSignals = 2000;
constexpr size_t kTouched = (4u << 20) / kPage, kPages = 2048;

pid_t fork_or_exit() {
    const pid_t pid = fork();
    if (pid < 0) _exit(1);
    return pid;
}

void map_and_unmap() {
    measure("mmap and munmap", kPairs, nullptr, [] {
        for (uint32_t i = 0; i < kPairs; i++)
            unmap(map(1, PROT_READ | PROT_WRITE), 1);
    });
}

/// Neighbours of different protection do not merge.
void fork_and_exit() {
    volatile char* at = map(kTouched, PROT_READ | PROT_WRITE);
    touch(at, kTouched);
    for (size_t page = 1; page < kAreas; page += 2)
        mprotect(const_cast<char*>(at) + page * kPage, kPage, PROT_READ);
    measure("fork and exit, 1000 VMAs, 4 MiB", kForks, nullptr, [] {
        for (uint32_t i = 0; i < kForks; i++) {
            const pid_t child = fork_or_exit();
            if (child == 0) _exit(0);
            waitpid(child, nullptr, 0);
        }
    });
    unmap(at, kTouched);
}

void first_touches() {
    volatile char* at = map(kPages, PROT_READ | PROT_WRITE);
    measure("fault: anonymous read, zero page", kPages, "zero_page_mapped ", [=] { look(at, kPages); });
    measure("fault: write to the zero page", kPages, "demand_zeroed ", [=] { touch(at, kPages); });
    unmap(at, kPages);
    at = map(kPages, PROT_READ | PROT_WRITE);
    measure("fault: anonymous write", kPages, "demand_zeroed ", [=] { touch(at, kPages); });
    unmap(at, kPages);
}

/// A child that only exists shares every page; once it is gone, the pages are the parent's alone.
void copy_on_write() {
    volatile char* at = map(kPages, PROT_READ | PROT_WRITE);
    touch(at, kPages);
    pid_t child = fork_or_exit();
    if (child == 0) {
        for (;;)
            pause();
    }
    measure("fault: copy-on-write, copied", kPages, "cow_copied ", [=] { touch(at, kPages); });
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    child = fork_or_exit();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    measure("fault: copy-on-write, reused", kPages, "cow_reused ", [=] { touch(at, kPages); });
    unmap(at, kPages);
}

void file_pages() {
    const char* const path = "/tmp/bench";
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) _exit(1);
    char page[kPage] = {1};
    for (size_t i = 0; i < kPages; i++)
        if (write(fd, page, kPage) != static_cast<ssize_t>(kPage)) _exit(1);
    volatile char* at = map(kPages, PROT_READ, MAP_PRIVATE, fd);
    measure("fault: file, page in the cache", kPages, "file_mapped ", [=] { look(at, kPages); });
    unmap(at, kPages);
    at = map(kPages, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
    measure("fault: file, private write", kPages, "cow_copied ", [=] { touch(at, kPages); });
    unmap(at, kPages);
    close(fd);
    unlink(path);
}

/// Goes down `skip` pages and touches each of the next ones.
__attribute__((noinline)) void deepen_stack(size_t skip, uint32_t pages) {
    static_cast<volatile char*>(__builtin_alloca(skip * kPage + 1))[0] = 1;
    for (uint32_t i = 0; i < pages; i++)
        static_cast<volatile char*>(__builtin_alloca(kPage))[0] = 1;
}

/// A stack begins with room for some pages: those come first.
void stack_growth() {
    constexpr uint32_t kDepth = 1024, kRoom = 64;
    deepen_stack(0, kRoom);
    measure("fault: stack growth", kDepth, "stack_grown ", [] { deepen_stack(kRoom, kDepth); });
}

/// The store that fails is 3 bytes long.
void skip_store(int, siginfo_t*, void* context) {
    static_cast<ucontext_t*>(context)->uc_mcontext.eip += 3;
}
void store_in_vain(volatile char* at) {
    asm volatile("movb $0, (%%eax)" : : "a"(at) : "memory");
}

void segmentation_faults() {
    struct sigaction action {};
    action.sa_sigaction = skip_store;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, nullptr);
    volatile char* at = map(1, PROT_NONE);
    measure("fault: SIGSEGV, handler, return", kSignals, nullptr, [=] {
        for (uint32_t i = 0; i < kSignals; i++)
            store_in_vain(at);
    });
    unmap(at, 1);
    signal(SIGSEGV, SIG_DFL);
}

}  // namespace

void operations(uint32_t) {
    map_and_unmap();
    fork_and_exit();
    first_touches();
    copy_on_write();
    file_pages();
    stack_growth();
    segmentation_faults();
}

}  // namespace bench
