// SPDX-License-Identifier: GPL-2.0-or-later
// Rows C: core dumps. A10 and A13: areas that drivers map.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

constexpr long NR_prctl = 172;
constexpr int PR_SET_DUMPABLE = 4;

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}
void set_dumpable(int value) {
    CHECK_EQ(syscall(NR_prctl, PR_SET_DUMPABLE, value), 0);
}
void set_filter(const char* bits) {
    const int fd = open("/proc/self/coredump_filter", O_WRONLY);
    CHECK_EQ(write(fd, bits, strlen(bits)), static_cast<long>(strlen(bits)));
    close(fd);
}

void prepare_to_dump() {
    const rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    CHECK_EQ(setrlimit(RLIMIT_CORE, &all), 0);
    CHECK_EQ(chdir("/tmp"), 0);
}
[[noreturn]] void crash() {
    *static_cast<volatile int*>(nullptr) = 1;
    leave(1);
}
bool exists(const char* name) {
    return access(name, F_OK) == 0;
}

volatile char* map_device(const char* name, size_t pages, size_t first) {
    const int fd = open(name, O_RDWR);
    CHECK(fd >= 0);
    volatile char* at = map(pages, PROT_READ | PROT_WRITE, MAP_SHARED, fd, first);
    close(fd);
    return at;
}

}  // namespace

ROW(C01_a_fatal_signal_leaves_a_core_file) {
    const int status = fate_of([] {
        prepare_to_dump();
        crash();
    });
    CHECK_EQ(status, SIGSEGV | 0x80);
    CHECK(exists("/tmp/core"));
}

ROW(C02_who_is_not_dumpable_leaves_none) {
    const int status = fate_of([] {
        prepare_to_dump();
        set_dumpable(0);
        tell_self();
        checkpoint(1);
        crash();
    });
    CHECK_EQ(status, SIGSEGV);
    CHECK(!exists("/tmp/core"));
}

/// The dump of 16 MiB takes so long that the parent sees it happen.
ROW(C04_the_other_thread_stops_before_the_dump) {
    const pid_t child = fork_or_fail();
    if (child == 0) {
        prepare_to_dump();
        volatile char* large = map(4096, PROT_READ | PROT_WRITE);
        touch(large, 4096);
        const pid_t other = sharer(CLONE_FS);
        tell("other", static_cast<unsigned long>(other));
        tell_self();
        checkpoint(1);
        crash();
    }
    char name[32];
    snprintf(name, sizeof name, "/tmp/core.%d", child);
    while (!exists(name))
        usleep(1000);
    checkpoint(2);
    CHECK_EQ(wait_for(child), SIGSEGV | 0x80);
    checkpoint(3);
}

ROW(C05_bits_say_whether_and_what_is_dumped) {
    tell_self();
    checkpoint(1);
    set_dumpable(0);
    checkpoint(2);
    set_filter("0x7f");
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(3);
    finish(child);
    set_dumpable(1);
    set_filter("1");
    checkpoint(4);
}

ROW(A10_a_driver_sets_the_operations_of_its_areas) {
    tell_self();
    volatile char* area = map_device("/dev/buffer", 8, 0);
    CHECK_EQ(area[0], 'b');
    tell("area", area);
    tell("text", reinterpret_cast<unsigned long>(&tell_self));
    checkpoint(1);
    unmap(area + 3 * kPage, 2);
    checkpoint(2);
    unmap(area, 8);
    checkpoint(3);
}

ROW(A13_each_kind_of_area_has_its_count) {
    tell_self();
    const int fd = open("/share/pages.txt", O_RDONLY);
    CHECK(fd >= 0);
    checkpoint(1);
    map(3, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
    checkpoint(2);
    map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
    checkpoint(3);
    map(5, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN);
    checkpoint(4);
    volatile char* screen = map_device("/dev/mem", 8, 0xB8);
    tell("screen", screen);
    constexpr size_t kColumns = 80, kMemoryRows = 204;  // the visible 25 are somewhere among them
    for (size_t row = 0; row < kMemoryRows; row++)
        reinterpret_cast<volatile unsigned short*>(screen)[row * kColumns + kColumns - 1] = 0x4E00 | 'V';
    checkpoint(5);
    CHECK_EQ(munmap(const_cast<char*>(screen), 8 * kPage), 0);
    checkpoint(6);
}
