// SPDX-License-Identifier: GPL-2.0-or-later
// Rows H: the counters of a descriptor.
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

/// A file of /proc as it is, on the serial line; nothing is counted after it.
void print_file(const char* path) {
    static char text[8192];
    const int fd = open(path, O_RDONLY);
    const ssize_t length = read(fd, text, sizeof(text));
    CHECK(length > 0);
    close(fd);
    write(STDOUT_FILENO, text, static_cast<size_t>(length > 0 ? length : 0));
}

/// Areas and pages of every kind that this kernel has without a disk.
void mixed_workload() {
    const int fd = open("/share/pages.txt", O_RDONLY);
    volatile char* file = map(4, kReadWrite, MAP_PRIVATE, fd);
    touch(file, 1);
    look(file, 3);
    look(map(3, PROT_READ, MAP_SHARED, fd), 2);
    volatile char* memory = map(20, kReadWrite);
    look(memory, 20);
    touch(memory + 4 * kPage, 7);
    unmap(memory + 6 * kPage, 3);
    touch(map(5, kReadWrite, MAP_SHARED | MAP_ANONYMOUS), 5);
    touch(static_cast<char*>(malloc(100'000)), 20);
    CHECK_EQ(mprotect(const_cast<char*>(memory) + 4 * kPage, kPage, PROT_NONE), 0);
}

volatile char* contested;
volatile bool go;
constexpr size_t kContested = 300;

/// Both threads want the same pages and give way in between.
int touch_backwards(void*) {
    while (!go)
        sched_yield();
    for (size_t i = kContested; i-- > 0;) {
        contested[i * kPage] = 2;
        if (i % 7 == 0) sched_yield();
    }
    return 0;
}

}  // namespace

ROW(H02_resident_frames_are_counted_as_anonymous_or_of_files) {
    tell_self();
    mixed_workload();
    volatile char* page = map(1, kReadWrite, MAP_PRIVATE, open("/share/pages.txt", O_RDONLY));
    (void)*page;
    checkpoint(1);
    *page = 1;
    checkpoint(2);
}

ROW(H03_total_vm_is_the_sum_of_the_areas) {
    tell_self();
    checkpoint(1);
    mixed_workload();
    checkpoint(2);
    const pid_t child = child_that([] { unmap(map(10, kReadWrite), 5); });
    tell("child", static_cast<unsigned long>(child));
    checkpoint(3);
    finish(child);
}

ROW(H04_peaks_stay_and_are_never_below_what_is) {
    tell_self();
    checkpoint(1);
    volatile char* pages = map(100, kReadWrite);
    touch(pages, 100);
    checkpoint(2);
    unmap(pages, 100);
    checkpoint(3);
    mixed_workload();
    touch(map(120, kReadWrite), 120);
    checkpoint(4);
}

ROW(H05_peaks_are_recorded_when_something_shrinks) {
    tell_self();
    print_file("/proc/self/status");
    checkpoint(1);
    volatile char* pages = map(100, kReadWrite);
    touch(pages, 100);
    print_file("/proc/self/status");
    checkpoint(2);
    unmap(pages, 100);
    print_file("/proc/self/status");
    checkpoint(3);
}

ROW(H06_a_child_begins_with_its_own_peaks) {
    tell_self();
    volatile char* pages = map(200, kReadWrite);
    touch(pages, 200);
    unmap(pages, 200);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}

ROW(H07_proc_shows_the_counters_by_its_formulas) {
    tell_self();
    mixed_workload();
    print_file("/proc/self/status");  // what reading and printing touch is touched now
    print_file("/proc/self/statm");
    print_file("/proc/self/status");
    print_file("/proc/self/statm");
    checkpoint(1);
}

ROW(H08_counters_survive_threads_that_fault_at_once) {
    tell_self();
    contested = map(kContested, kReadWrite);
    checkpoint(1);
    const pid_t other = sharer(0, touch_backwards);
    go = true;
    for (size_t i = 0; i < kContested; i++) {
        contested[i * kPage] = 1;
        if (i % 5 == 0) sched_yield();
    }
    wait_for(other);
    checkpoint(2);
}
