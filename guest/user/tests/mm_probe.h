// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel counted, for tests of its memory management. Reading it changes no count once settle() has
// run.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/edition.h"

namespace probe {

constexpr size_t kPage = 4096, kSlot = 4u << 20;  // what one page table maps
inline char text[16384];

/// The whole file into `text`.
inline void load(const char* path) {
    const int fd = open(path, O_RDONLY);
    long length = 0, got = 0;
    while ((got = read(fd, text + length, sizeof(text) - 1 - static_cast<size_t>(length))) > 0)
        length += got;
    close(fd);
    text[length] = '\0';
}

/// The number behind `name` in `text`, or -1.
inline long number(const char* name) {
    const char* at = strstr(text, name);
    return at ? strtol(at + strlen(name), nullptr, 10) : -1;
}

/// A field of /proc/self/status, in pages.
inline long status_pages(const char* name) {
    load("/proc/self/status");
    return number(name) / 4;
}

/// Checks in a child: the exit status is the number that failed there.
inline int failures_in_child(void (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) {
        failed_checks = 0;
        function();
        _exit(failed_checks);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
}

struct counts {
    long minor, major;                                       // faults of this process
    long size, rss, hiwater_rss, stack, tables;              // pages
    long zero_mapped, zeroed, files, copied, reused, grown;  // events of the whole system
};

inline counts now() {
    counts c{};
    load("/proc/self/stat");
    const char* at = strrchr(text, ')') + 1;  // before field 3
    for (int field = 3; field <= 12; field++) {
        at = strchr(at, ' ') + 1;
        if (field == 10) c.minor = strtol(at, nullptr, 10);
        if (field == 12) c.major = strtol(at, nullptr, 10);
    }
    load("/proc/self/status");
    c.size = number("VmSize:") / 4;
    c.rss = number("VmRSS:") / 4;
    c.hiwater_rss = number("VmHWM:") / 4;
    c.stack = number("VmStk:") / 4;
    c.tables = number("VmPTE:") / 4;
    load("/proc/vmstat");
    c.zero_mapped = number("zero_page_mapped ");
    c.zeroed = number("demand_zeroed ");
    c.files = number("file_mapped ");
    c.copied = number("cow_copied ");
    c.reused = number("cow_reused ");
    c.grown = number("stack_grown ");
    return c;
}

inline counts operator-(const counts& a, const counts& b) {
    return {a.minor - b.minor,
            a.major - b.major,
            a.size - b.size,
            a.rss - b.rss,
            a.hiwater_rss - b.hiwater_rss,
            a.stack - b.stack,
            a.tables - b.tables,
            a.zero_mapped - b.zero_mapped,
            a.zeroed - b.zeroed,
            a.files - b.files,
            a.copied - b.copied,
            a.reused - b.reused,
            a.grown - b.grown};
}

/// Touches what now() uses, so that the next now() faults nowhere. Again after each fork.
inline void settle() {
    volatile char stack[4 * kPage];
    for (size_t i = 0; i < sizeof(stack); i += kPage)
        stack[i] = 1;
    memset(text, 1, sizeof(text));
    now();
    now();
}

/// What `action` made the kernel count.
template <class Action>
counts during(Action action) {
    settle();
    const counts before = now();
    action();
    return now() - before;
}

inline volatile char* map(size_t pages, int protection, int flags = MAP_PRIVATE | MAP_ANONYMOUS,
                          int fd = -1) {
    void* at = mmap(nullptr, pages * kPage, protection, flags, fd, 0);
    CHECK(at != MAP_FAILED);
    return static_cast<volatile char*>(at);
}
inline void unmap(volatile char* at, size_t pages) {
    CHECK_EQ(munmap(const_cast<char*>(at), pages * kPage), 0);
}
inline void touch(volatile char* at, size_t pages) {
    for (size_t i = 0; i < pages; i++)
        at[i * kPage] = static_cast<char>(i + 1);
}
inline int look(const volatile char* at, size_t pages) {
    int sum = 0;
    for (size_t i = 0; i < pages; i++)
        sum += at[i * kPage];
    return sum;
}

}  // namespace probe
