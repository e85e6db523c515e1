// SPDX-License-Identifier: GPL-2.0-or-later
// Rows G: page faults and how they are answered.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
constexpr unsigned long kProtection = 1, kWrite = 2, kUser = 4;  // bits of a page fault's error code
char* const kArena = reinterpret_cast<char*>(0x50000000);

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

volatile char* target;
void read_target() {
    (void)*target;
}
void write_target() {
    *target = 1;
}

int open_file() {
    const int fd = open("/share/pages.txt", O_RDONLY);
    CHECK(fd >= 0);
    return fd;
}

/// A second process that can be told to write to `page`.
volatile char* shared_flag;
void write_when_told(volatile char* page) {
    while (!*shared_flag)
        usleep(1000);
    *page = 'c';
    checkpoint(3);
    *shared_flag = 0;
}

}  // namespace

ROW(G01_reading_an_untouched_page_maps_the_zero_page) {
    tell_self();
    volatile char* page = map(1, kReadWrite);
    tell("page", page);
    checkpoint(1);  // what a checkpoint itself touches is touched now
    checkpoint(2);
    (void)*page;
    checkpoint(3);
}

ROW(G02_writing_an_untouched_page_takes_a_frame) {
    tell_self();
    volatile char* page = map(1, kReadWrite);
    tell("page", page);
    checkpoint(1);
    checkpoint(2);
    *page = 1;
    checkpoint(3);
}

ROW(G03_after_fork_the_first_writer_copies_and_the_last_keeps_the_frame) {
    tell_self();
    volatile char* page = map(1, kReadWrite);
    shared_flag = map(1, kReadWrite, MAP_SHARED | MAP_ANONYMOUS);
    *shared_flag = 0;
    *page = 'p';
    tell("page", page);
    checkpoint(1);
    const pid_t child = fork_or_fail();
    if (child == 0) {
        write_when_told(page);
        leave(*page == 'c' ? 0 : 1);
    }
    tell("child", static_cast<unsigned long>(child));
    checkpoint(2);
    *shared_flag = 1;
    while (*shared_flag)
        usleep(1000);
    CHECK_EQ(*page, 'p');
    *page = 'P';
    checkpoint(4);
    CHECK_EQ(wait_for(child), 0);
}

ROW(G04_a_file_page_is_the_one_of_the_cache) {
    tell_self();
    const int fd = open_file();
    volatile char* first = map(1, kReadWrite, MAP_PRIVATE, fd, 1);
    volatile char* second = map(1, PROT_READ, MAP_SHARED, fd, 1);
    tell("first", first);
    tell("second", second);
    (void)*map(1, PROT_READ, MAP_PRIVATE, fd, 1);  // now the page is in the cache
    checkpoint(1);
    checkpoint(2);
    (void)*first;
    (void)*second;
    checkpoint(3);
}

ROW(G05_writing_a_private_file_page_makes_a_copy) {
    tell_self();
    const int fd = open_file();
    volatile char* own = map(1, kReadWrite, MAP_PRIVATE, fd, 1);
    volatile char* cache = map(1, PROT_READ, MAP_SHARED, fd, 1);
    tell("own", own);
    tell("cache", cache);
    const char before = *cache;
    (void)*own;
    checkpoint(1);
    *own = '!';
    checkpoint(2);
    CHECK_EQ(*cache, before);
    CHECK_EQ(*own, '!');
    volatile char* early = map(1, kReadWrite, MAP_PRIVATE, fd, 1);
    *early = '?';  // never read before
    tell("early", early);
    checkpoint(3);
    CHECK_EQ(*cache, before);
    CHECK_EQ(early[1], cache[1]);
}

ROW(G06_beyond_the_end_of_a_file_is_sigbus) {
    tell_self();
    volatile char* file = map(8, kReadWrite, MAP_PRIVATE, open_file());  // three pages and a half
    target = file + 3 * kPage + kPage - 1;
    CHECK_EQ(catch_signal(read_target).signal, 0);
    CHECK_EQ(*target, 0);
    target = file + 4 * kPage + 5;
    tell("target", target);
    checkpoint(1);
    void (*const kAccesses[])() = {read_target, write_target};
    for (auto* access : kAccesses) {
        const Caught caught = catch_signal(access);
        CHECK_EQ(caught.signal, SIGBUS);
        CHECK_EQ(caught.code, BUS_ADRERR);
        CHECK_EQ(caught.address, reinterpret_cast<unsigned long>(target));
    }
    checkpoint(2);
}

namespace {
void expect_fault(void (*access)(), int code, unsigned long error) {
    const Caught caught = catch_signal(access);
    CHECK_EQ(caught.signal, SIGSEGV);
    CHECK_EQ(caught.code, code);
    CHECK_EQ(caught.address, reinterpret_cast<unsigned long>(target));
    CHECK_EQ(caught.trap, 14);
    CHECK_EQ(caught.error, error);
    CHECK_EQ(caught.cr2, reinterpret_cast<unsigned long>(target));
}
}  // namespace

ROW(G07_a_wrong_access_is_sigsegv_with_its_address) {
    tell_self();
    target = kArena + 123;
    expect_fault(read_target, SEGV_MAPERR, kUser);
    expect_fault(write_target, SEGV_MAPERR, kUser | kWrite);
    map_at(kArena, 1, PROT_READ);
    expect_fault(write_target, SEGV_ACCERR, kUser | kWrite);
    (void)*target;
    expect_fault(write_target, SEGV_ACCERR, kUser | kWrite | kProtection);
    tell("target", target);
    checkpoint(1);
    map_at(kArena, 1, PROT_NONE);
    expect_fault(read_target, SEGV_ACCERR, kUser);
}

ROW(G08_a_write_only_area_may_be_read) {
    tell_self();
    target = map(1, PROT_WRITE);
    tell("target", target);
    CHECK_EQ(catch_signal(read_target).signal, since_2_6_28() ? 0 : SIGSEGV);
    checkpoint(1);
}

namespace {
char* bad_pointer;
void read_to_a_bad_pointer() {
    CHECK_FAILS(read(open_file(), bad_pointer, 10), EFAULT);
    CHECK_FAILS(write(1, bad_pointer, 10), EFAULT);
    CHECK_FAILS(open(bad_pointer, O_RDONLY), EFAULT);
}
}  // namespace

ROW(G09_a_bad_pointer_in_a_system_call_is_efault_and_no_signal) {
    tell_self();
    char* const kBad[] = {nullptr, kArena, reinterpret_cast<char*>(0xC0000000),
                          reinterpret_cast<char*>(0xFFFFFFF0)};
    for (char* pointer : kBad) {
        bad_pointer = pointer;
        CHECK_EQ(catch_signal(read_to_a_bad_pointer).signal, 0);
    }
    bad_pointer = const_cast<char*>(map(1, PROT_NONE));
    CHECK_EQ(catch_signal(read_to_a_bad_pointer).signal, 0);
}

/// Booted with crash=oops_in_thread: a kernel thread has read address 0 before this program starts.
ROW(G10_a_null_pointer_of_the_kernel_is_an_oops) {
    checkpoint(1);
}

ROW(G15_a_kernel_address_is_sigsegv_that_tells_nothing) {
    tell_self();
    constexpr unsigned long kAddresses[] = {0xC0000000, 0xC0100000, 0xF0000000, 0xFFFFFFFF};
    for (const unsigned long address : kAddresses) {
        target = reinterpret_cast<char*>(address);
        // 2.4 tells whether the kernel has a page there: of these addresses it has the first two.
        const unsigned long protection = !is_2_4() || address < 0xC0200000 ? kProtection : 0;
        expect_fault(read_target, SEGV_MAPERR, kUser | protection);
        expect_fault(write_target, SEGV_MAPERR, kUser | kWrite | protection);
    }
    checkpoint(1);
}

/// Booted with crash=user_memory_in_thread: a kernel thread has read a user address before this program
/// starts.
ROW(G16_a_kernel_thread_has_no_user_memory) {
    checkpoint(1);
}
