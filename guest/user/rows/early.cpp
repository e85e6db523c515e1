// SPDX-License-Identifier: GPL-2.0-or-later
// Rows that only the early editions have: their lists, exec in the same space, the scan that takes pages out
// of spaces.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
constexpr long kPrctl = 172, kSetDumpable = 4;

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

int become_another(void*) {
    exec_row("other");
}

volatile char* at(size_t page) {
    return reinterpret_cast<volatile char*>(0x50000000) + page * kPage;
}

}  // namespace

ROW(Q01_the_debug_information_has_every_member_in_its_order) {
    checkpoint(1);
}

ROW(Q02_the_debug_information_has_every_member_in_its_order) {
    checkpoint(1);
}

ROW(Q05_one_bit_is_read_as_one_bit) {
    tell_self();
    checkpoint(1);
    CHECK_EQ(syscall(kPrctl, kSetDumpable, 0), 0);
    checkpoint(2);
    CHECK_EQ(syscall(kPrctl, kSetDumpable, 1), 0);
    checkpoint(3);
}

ROW(L13_exec_by_the_only_user_keeps_the_space) {
    tell_self();
    if (argument_count == 0) {
        map_at(at(0), 3, kReadWrite);
        checkpoint(1);
        exec_row("again");
    }
    checkpoint(2);
}

ROW(M02_a_child_is_listed_behind_its_parent) {
    tell_self();
    checkpoint(3);
    const pid_t first = child_that([] {});
    checkpoint(4);
    const pid_t second = child_that([] {});
    tell("first", static_cast<unsigned long>(first));
    tell("second", static_cast<unsigned long>(second));
    checkpoint(1);
    finish(second);
    checkpoint(2);
    finish(first);
}

ROW(M03_a_space_that_exec_makes_is_listed_first) {
    if (argument_count == 1) {
        tell_parent_ready();
        sleep_forever();
    }
    tell_self();
    prepare_turns();
    const pid_t other = sharer(0, become_another);
    tell("other", static_cast<unsigned long>(other));
    wait_for_child_ready();
    checkpoint(1);
    finish(other);
}

ROW(M05_the_spaces_on_the_list_are_counted) {
    checkpoint(1);
    const pid_t first = child_that([] {}), second = child_that([] {});
    checkpoint(2);
    finish(first);
    checkpoint(3);
    finish(second);
    checkpoint(4);
}

ROW(U01_a_hint_is_where_the_search_begins) {
    tell_self();
    map_at(at(0), 4, kReadWrite);
    CHECK(mmap(const_cast<char*>(at(1)), kPage, kReadWrite, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == at(4));
    checkpoint(1);
}

ROW(U02_a_hint_that_is_taken_is_ignored) {
    tell_self();
    void* first = mmap(nullptr, kPage, kReadWrite, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(first == reinterpret_cast<void*>(0x40000000));
    map_at(at(0), 4, kReadWrite);
    CHECK(mmap(const_cast<char*>(at(1)), kPage, kReadWrite, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
          reinterpret_cast<void*>(0x40001000));
    CHECK(mmap(const_cast<char*>(at(9)), kPage, kReadWrite, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == at(9));
    checkpoint(1);
}

ROW(A09_a_file_area_is_in_the_list_of_its_kind) {
    tell_self();
    const int fd = open("/tmp/shared", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(ftruncate(fd, 3 * kPage), 0);
    tell("private", map_at(at(0), 1, kReadWrite, MAP_PRIVATE | MAP_FIXED, fd));
    tell("shared", map_at(at(2), 2, kReadWrite, MAP_SHARED | MAP_FIXED, fd));
    tell("second", map_at(at(6), 1, kReadWrite, MAP_SHARED | MAP_FIXED, fd, 1));
    checkpoint(1);
    unmap(at(2), 1);
    checkpoint(2);
}

ROW(P11_mlockall_of_the_future_unlocks_what_there_is) {
    tell_self();
    volatile char* area = map(4, kReadWrite);
    tell("area", area);
    CHECK_EQ(mlock(const_cast<char*>(area), 4 * kPage), 0);
    checkpoint(1);
    CHECK_EQ(mlockall(MCL_FUTURE), 0);
    checkpoint(2);
}

namespace {

constexpr size_t kOut = 64, kPressure = (12u << 20) / kPage;

/// Pages of a process that sleeps while another one needs more memory than there is.
void be_scanned() {
    CHECK_EQ(swapon("/dev/hda", 0), 0);
    tell_self();
    volatile char* pages = map(kOut, kReadWrite);
    touch(pages, kOut);
    tell("at", pages);
    checkpoint(1);
    CHECK_EQ(fate_of([] { touch(map(kPressure, kReadWrite), kPressure); }), 0);
    checkpoint(2);
    for (size_t i = 0; i < kOut; i++)
        CHECK_EQ(pages[i * kPage], static_cast<char>(i + 1));
}

}  // namespace

ROW(W01_the_scan_of_a_new_space_begins_at_its_beginning) {
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}

ROW(W02_the_scan_goes_on_behind_the_page_that_went_out) {
    be_scanned();
}

ROW(W03_a_scan_that_is_through_begins_anew) {
    be_scanned();
}

ROW(W04_a_scan_that_was_stopped_goes_on_where_it_was) {
    be_scanned();
}

ROW(W05_a_space_that_is_through_is_marked_and_passed_once) {
    be_scanned();
}

ROW(W06_a_space_has_one_user_more_while_it_is_scanned) {
    be_scanned();
}

/// Its child waits for a line on the console, and ends. All of its pages were used not long ago, so that the
/// first scan has much to look at.
ROW(L10_the_scan_keeps_a_space_whose_owner_exits) {
    constexpr size_t kMany = 2400;
    CHECK_EQ(swapon("/dev/hda", 0), 0);
    const pid_t child = child_that([] {
        touch(map(kMany, kReadWrite), kMany);
        tell_parent_ready();
        char line[4];
        leave(read(0, line, sizeof line) != 1);
    });
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    CHECK_EQ(fate_of([] { touch(map(kPressure, kReadWrite), kPressure); }), 0);
    CHECK_EQ(wait_for(child), 0);
    checkpoint(2);
}

ROW(H01_rss_is_what_the_page_tables_add_up_to) {
    tell_self();
    volatile char* area = map(20, kReadWrite);
    checkpoint(1);
    touch(area, 10);
    checkpoint(2);
    look(area + 10 * kPage, 5);  // the page of zeros is nobody's
    checkpoint(3);
    unmap(area, 20);
    checkpoint(4);
}
