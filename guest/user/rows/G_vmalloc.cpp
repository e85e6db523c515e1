// SPDX-License-Identifier: GPL-2.0-or-later
// Rows G11 to G13 and G15: kernel memory that page directories learn of when it is touched.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

int device;
unsigned long place;

/// What /dev/vmalloc answers: 0 or an errno.
int command(const char* words) {
    const auto length = static_cast<ssize_t>(strlen(words));
    return write(device, words, static_cast<size_t>(length)) == length ? 0 : errno;
}

/// An area of five pages, made by a child that was there before and stays. Its address is told.
pid_t area_of_a_child() {
    device = open("/dev/vmalloc", O_RDWR);
    CHECK(device >= 0);
    const pid_t child = child_that([] { command("alloc 5"); });
    CHECK_EQ(read(device, &place, sizeof place), sizeof place);
    tell("self", static_cast<unsigned long>(getpid()));
    tell("child", static_cast<unsigned long>(child));
    tell("place", place);
    return child;
}

}  // namespace

ROW(G11_a_directory_gets_its_entry_when_the_area_is_touched) {
    const pid_t child = area_of_a_child();
    checkpoint(1);
    CHECK_EQ(command("fill"), 0);
    checkpoint(2);
    CHECK_EQ(command("check"), 0);
    finish(child);
}

ROW(G15_a_program_that_touches_an_area_of_the_kernel) {
    constexpr unsigned long kProtection = 1, kUser = 4;  // bits of a page fault's error code
    const pid_t child = area_of_a_child();
    checkpoint(1);
    const Caught caught = catch_signal([] { (void)*reinterpret_cast<volatile char*>(place); });
    CHECK_EQ(caught.signal, SIGSEGV);
    CHECK_EQ(caught.address, place);
    // 2.4.0 has met the page behind the new entry; 2.6 hides whether there is one.
    CHECK_EQ(caught.error, is_edition("2.4.18") ? kUser : kUser | kProtection);
    checkpoint(2);
    finish(child);
}

ROW(G12_a_new_area_changes_the_master_only) {
    const pid_t child = area_of_a_child();
    checkpoint(1);
    finish(child);
}

ROW(G13_a_freed_area_is_nobodys) {
    const pid_t child = area_of_a_child();
    CHECK_EQ(command("fill"), 0);
    CHECK_EQ(command("peek 0"), 0);
    checkpoint(1);
    CHECK_EQ(command("free"), 0);
    checkpoint(2);
    CHECK_EQ(command("peek 0"), EFAULT);
    CHECK_EQ(fate_of([] { CHECK_EQ(command("peek 4"), EFAULT); }), 0);
    finish(child);
}
