// SPDX-License-Identifier: GPL-2.0-or-later
// Row U05: when the mmap area grows upwards from a third of the user space.
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

constexpr unsigned long kCompatLayout = 0x0200000;

void look_and_tell(int id) {
    tell("self", static_cast<unsigned long>(getpid()));
    tell("first", map(2, PROT_READ));
    tell("second", map(2, PROT_NONE));
    checkpoint(id);
}

}  // namespace

/// Three lives of one process: by default, by personality, and without a limit on the stack.
ROW(U05_the_old_layout_by_personality_or_unlimited_stack) {
    const int life = argument_count ? atoi(arguments[0]) : 1;
    look_and_tell(life);
    if (life == 1) {
        CHECK_EQ(syscall(__NR_personality, kCompatLayout), 0);
        exec_row("2");
    }
    CHECK_EQ(syscall(__NR_personality, 0), life == 2 ? kCompatLayout : 0);
    if (life == 2) {
        const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
        CHECK_EQ(setrlimit(RLIMIT_STACK, &unlimited), 0);
        exec_row("3");
    }
}
