// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers whose memory programs map: /dev/buffer, which uses every operation of an area, and the VGA's memory
// through /dev/mem. And /proc/PID/mem, which looks into both.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/mm_probe.h"

namespace {

using probe::kPage;

struct counts {
    long mappings, opens, closes, faults, mkwrites, accesses;
};
counts now() {
    probe::load("/dev/buffer");
    return {probe::number("mappings "), probe::number("opens "),    probe::number("closes "),
            probe::number("faults "),   probe::number("mkwrites "), probe::number("accesses ")};
}

int open_buffer() {
    const int fd = open("/dev/buffer", O_RDWR);
    CHECK(fd >= 0);
    return fd;
}
volatile char* map_buffer(size_t pages, int protection, int flags, size_t first = 0) {
    const int fd = open_buffer();
    void* at = mmap(nullptr, pages * kPage, protection, flags, fd, static_cast<off_t>(first * kPage));
    CHECK(at != MAP_FAILED);
    close(fd);
    return static_cast<volatile char*>(at);
}
void unmap(volatile char* at, size_t pages) {
    CHECK_EQ(munmap(const_cast<char*>(at), pages * kPage), 0);
}

int status_of(void (*body)()) {
    const pid_t pid = fork();
    if (pid == 0) {
        body();
        _exit(0);
    }
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

void pages_come_by_faults() {
    const counts before = now();
    volatile char* at = map_buffer(4, PROT_READ, MAP_SHARED);
    CHECK_EQ(now().faults, before.faults);
    CHECK_EQ(at[0], 'b');
    CHECK_EQ(at[3 * kPage], 'b');
    CHECK_EQ(now().faults, before.faults + 2);
    CHECK_EQ(now().mappings, before.mappings + 1);
    unmap(at, 4);
    CHECK_EQ(now().mappings, before.mappings);
    CHECK_EQ(now().closes, before.closes + 1);
}

void writes_are_told_to_the_driver_once() {
    const long told = since_2_6_28() ? 1 : 0;  // nobody asked drivers before
    const counts before = now();
    volatile char* one = map_buffer(2, PROT_READ | PROT_WRITE, MAP_SHARED);
    volatile char* other = map_buffer(2, PROT_READ, MAP_SHARED);
    CHECK_EQ(one[8], 0);  // there by a read already
    one[8] = 'x';
    one[9] = 'y';
    CHECK_EQ(now().mkwrites, before.mkwrites + told);
    one[kPage + 8] = 'z';  // there by this write
    CHECK_EQ(now().mkwrites, before.mkwrites + 2 * told);
    CHECK_EQ(other[8], 'x');
    CHECK_EQ(other[kPage + 8], 'z');
    unmap(one, 2);
    unmap(other, 2);
}

void write_to_the_last_page() {
    volatile char* at = map_buffer(1, PROT_READ | PROT_WRITE, MAP_SHARED, 15);
    if (at[0] != 'b') _exit(1);
    at[0] = 'x';
}
void touch_behind_the_end() {
    volatile char* at = map_buffer(2, PROT_READ, MAP_SHARED, 15);
    if (at[0] != (since_2_6_28() ? 'b' : 'x')) _exit(1);
    (void)at[kPage];
}
void the_driver_may_refuse() {
    CHECK_EQ(status_of(write_to_the_last_page), since_2_6_28() ? SIGBUS : 0);
    CHECK_EQ(status_of(touch_behind_the_end), SIGBUS);
}

void private_writes_stay_private() {
    const counts before = now();
    volatile char* at = map_buffer(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    at[0] = 'X';
    CHECK_EQ(now().mkwrites, before.mkwrites);
    volatile char* shared = map_buffer(1, PROT_READ, MAP_SHARED);
    CHECK_EQ(shared[0], 'b');
    unmap(at, 1);
    unmap(shared, 1);
}

void look_and_leave() {}
void splits_and_forks_open_the_area_again() {
    const counts before = now();
    volatile char* at = map_buffer(6, PROT_READ, MAP_SHARED);
    unmap(at + 2 * kPage, 2);  // the middle: two areas remain
    CHECK_EQ(now().mappings, before.mappings + 1);
    CHECK_EQ(now().opens - before.opens, now().closes - before.closes + 1);
    const counts split = now();
    CHECK_EQ(status_of(look_and_leave), 0);
    CHECK_EQ(now().opens, split.opens + 2);
    CHECK_EQ(now().closes, split.closes + 2);
    unmap(at, 6);
    CHECK_EQ(now().mappings, before.mappings);
    CHECK_EQ(now().opens - before.opens, now().closes - before.closes - 1);  // one was opened by mmap itself
}

char peek(const volatile void* at) {
    const int fd = open("/proc/self/mem", O_RDONLY);
    CHECK(fd >= 0);
    char byte = '\0';
    CHECK_EQ(lseek(fd, reinterpret_cast<off_t>(at), SEEK_SET), reinterpret_cast<off_t>(at));
    CHECK_EQ(read(fd, &byte, 1), 1);
    close(fd);
    return byte;
}

/// Memory of devices, before drivers could be asked.
bool peek_fails(const volatile void* at) {
    const int fd = open("/proc/self/mem", O_RDONLY);
    char byte;
    lseek(fd, reinterpret_cast<off_t>(at), SEEK_SET);
    const bool failed = read(fd, &byte, 1) == -1 && errno == EIO;
    close(fd);
    return failed;
}

void proc_mem_reads_memory_of_all_kinds() {
    static volatile char own = 'o';
    CHECK_EQ(peek(&own), 'o');
    volatile char* at = map_buffer(1, PROT_READ, MAP_SHARED);
    if (since_2_6_28()) {
        const long accesses = now().accesses;
        CHECK_EQ(peek(at + 1), 'u');
        CHECK_EQ(now().accesses, accesses + 1);
    } else {
        CHECK_EQ(peek_fails(at + 1), 1);
    }
    unmap(at, 1);
    const int fd = open("/proc/self/mem", O_RDONLY);
    char byte;
    lseek(fd, 16, SEEK_SET);
    CHECK_FAILS(read(fd, &byte, 1), EIO);
    close(fd);
}

void the_screen_can_be_mapped() {
    const int fd = open("/dev/mem", O_RDWR);
    CHECK(fd >= 0);
    const probe::counts before = probe::now();
    void* none = mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0x100000);  // RAM
    CHECK(none == MAP_FAILED && errno == EPERM);
    none = mmap(nullptr, 2 * kPage, PROT_READ, MAP_SHARED, fd, 0xFF000);  // its second page is RAM
    CHECK(none == MAP_FAILED && errno == EPERM);
    none = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0xB8000);
    CHECK(none == MAP_FAILED && errno == EINVAL);
    void* at = mmap(nullptr, 8 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0xB8000);
    CHECK(at != MAP_FAILED);
    // VM_RESERVED: not the program's memory. 2.4 shows all there is.
    CHECK_EQ(probe::now().size, before.size + (is_2_4() ? 8 : 0));
    CHECK_EQ(probe::now().rss, before.rss);
    auto* cells = static_cast<volatile unsigned short*>(at);
    cells[0x3FFF] = 0x1F40;  // far below what the screen shows
    CHECK_EQ(cells[0x3FFF], 0x1F40);
    if (since_2_6_28()) {
        CHECK_EQ(peek(&cells[0x3FFF]), 0x40);
    } else {
        CHECK_EQ(peek_fails(&cells[0x3FFF]), 1);
    }
    volatile unsigned short* again = static_cast<volatile unsigned short*>(
        mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0xB8000 + 7 * kPage));
    CHECK_EQ(again[0x7FF], 0x1F40);
    if (fork() == 0) {
        cells[0x3FFF] = 0x1F41;
        _exit(0);
    }
    wait(nullptr);
    CHECK_EQ(again[0x7FF], 0x1F41);
    CHECK_EQ(munmap(at, 8 * kPage), 0);
    munmap(const_cast<unsigned short*>(again), kPage);
    close(fd);
}

void kernel_threads_obey() {
    const int fd = open("/dev/kthread", O_WRONLY);
    CHECK_EQ(write(fd, "run 0", 5), 5);
    CHECK_EQ(write(fd, "use 0", 5), 5);
    CHECK_EQ(write(fd, "flush 0", 7), 7);
    CHECK_EQ(write(fd, "daemon 0", 8), 8);
    CHECK_EQ(write(fd, "last 0", 6), 6);
    CHECK_FAILS(write(fd, "last 0", 6), EBUSY);
    CHECK_FAILS(write(fd, "run", 3), EINVAL);
    CHECK_FAILS(write(fd, "walk 1", 6), EINVAL);
    CHECK_FAILS(write(fd, reinterpret_cast<char*>(16), 6), EFAULT);
    close(fd);
    usleep(10000);
}

}  // namespace

int main() {
    pages_come_by_faults();
    writes_are_told_to_the_driver_once();
    the_driver_may_refuse();
    private_writes_stay_private();
    splits_and_forks_open_the_area_again();
    proc_mem_reads_memory_of_all_kinds();
    the_screen_can_be_mapped();
    kernel_threads_obey();
    return verdict("devices");
}
