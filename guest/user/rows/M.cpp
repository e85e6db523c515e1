// SPDX-License-Identifier: GPL-2.0-or-later
// Rows M: the list of descriptors that may own swap entries.
#include <sys/mman.h>
#include <unistd.h>

#include "rows/row.h"

ROW(M01_the_list_begins_and_ends_at_init_mm) {
    const pid_t child = child_that([] { touch(map(3, PROT_READ | PROT_WRITE), 3); });
    tell("self", static_cast<unsigned long>(getpid()));
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
    checkpoint(2);
}

ROW(M06_every_space_is_on_the_list) {
    if (argument_count == 1) {
        tell_parent_ready();
        sleep_forever();
    }
    tell("self", static_cast<unsigned long>(getpid()));
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    const pid_t other = child_that([] { exec_row("other"); });
    tell("other", static_cast<unsigned long>(other));
    checkpoint(2);
    finish(child);
    finish(other);
    checkpoint(3);
}

ROW(M08_edits_of_the_list_are_made_under_its_lock) {
    checkpoint(1);
    for (int round = 0; round < 6; round++) {
        const pid_t first = child_that([] {});
        const pid_t second = child_that([] {});
        finish(first);
        finish(second);
    }
    checkpoint(2);
}
