// SPDX-License-Identifier: GPL-2.0-or-later
// Rows G11 to G13: kernel memory that page directories learn of when it is touched.
#include <fcntl.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

int device;

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
    unsigned long place = 0;
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
