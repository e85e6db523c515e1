// SPDX-License-Identifier: GPL-2.0-or-later
// Rows Q: what the decoder outside has to cope with.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

/// Areas that come and go, so that somebody who looks now and then sees them half gone.
void map_and_unmap(int rounds) {
    for (int round = 0; round < rounds; round++) {
        volatile char* area = map(40, kReadWrite);
        touch(area, 40);
        for (size_t page = 0; page < 40; page += 4)
            CHECK_EQ(mprotect(const_cast<char*>(area) + page * kPage, kPage, PROT_READ), 0);
        unmap(area, 40);
    }
}

}  // namespace

ROW(Q03_the_debug_information_has_every_member_in_its_order) {
    checkpoint(1);
}

ROW(Q04_the_debug_information_has_every_member_in_its_order) {
    checkpoint(1);
}

ROW(Q06_the_union_of_a_file_area_is_read_by_what_it_holds) {
    tell_self();
    const int fd = open("/share/pages.txt", O_RDONLY);
    tell("first", map(2, PROT_READ, MAP_PRIVATE, fd));
    tell("second", map(2, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd));
    tell("third", map(2, PROT_READ, MAP_SHARED, fd));
    tell("other", map(3, PROT_READ, MAP_PRIVATE, fd));
    tell("anonymous", map(1, kReadWrite));
    checkpoint(1);
}

ROW(Q07_function_pointers_have_names) {
    checkpoint(1);
}

ROW(Q08_a_snapshot_during_munmap_is_in_transit) {
    tell_self();
    checkpoint(1);
    map_and_unmap(12);
    checkpoint(2);
}

ROW(Q09_the_areas_of_a_dead_space_are_not_followed) {
    const sigset_t ended = 1ull << (SIGCHLD - 1);
    sigprocmask(SIG_BLOCK, &ended, nullptr);  // the end of the child wakes nobody
    const pid_t child = fork_or_fail();
    if (child == 0) {
        usleep(30'000);
        leave(0);
    }
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    usleep(80'000);
    checkpoint(2);
    wait_for(child);
}

ROW(Q10_every_area_is_reached_from_the_task) {
    tell_self();
    map(3, kReadWrite);
    map(2, PROT_READ, MAP_PRIVATE, open("/share/pages.txt", O_RDONLY));
    static char text[8192];
    const int fd = open("/proc/self/maps", O_RDONLY);
    long length = 0;
    for (long got; (got = read(fd, text + length, sizeof(text) - static_cast<size_t>(length))) > 0;)
        length += got;
    CHECK(length > 0);
    write(STDOUT_FILENO, text, static_cast<size_t>(length));
    checkpoint(1);
}

ROW(Q11_locks_are_shown_and_free_at_rest) {
    tell_self();
    checkpoint(1);
    map_and_unmap(6);
    checkpoint(2);
}

ROW(Q12_embedded_nodes_lead_to_their_structures) {
    tell_self();
    volatile char* area = map(2, kReadWrite);
    touch(area, 1);
    tell("area", area);
    checkpoint(1);
}
