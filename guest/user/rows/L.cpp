// SPDX-License-Identifier: GPL-2.0-or-later
// Rows L: the life cycle of a memory descriptor and its two counters.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;

void tell_pid(const char* name, pid_t pid) {
    tell(name, static_cast<unsigned long>(pid));
}

int become_another_program(void*) {
    exec_row("other");
}

int end_at_once(void*) {
    return 0;
}

/// A child that ends by itself while everybody sleeps, and wakes nobody by it.
pid_t child_that_ends_soon() {
    const sigset_t ended = 1ull << (SIGCHLD - 1);
    sigprocmask(SIG_BLOCK, &ended, nullptr);
    const pid_t child = fork_or_fail();
    if (child == 0) {
        usleep(30'000);
        leave(0);
    }
    return child;
}

/// Makes the children and waits for them; the host counts objects before and after.
void make_short_lived_children(int count) {
    for (int i = 0; i < count; i++)
        CHECK_EQ(fate_of([] { touch(map(3, kReadWrite), 3); }), 0);
}

}  // namespace

ROW(L01_mm_alloc_gives_a_clean_descriptor) {
    tell_pid("self", getpid());
    if (argument_count == 0) {
        checkpoint(1);
        exec_row("fresh");
    }
    checkpoint(2);
}

ROW(L02_descriptors_made_and_dropped_in_a_loop_leave_nothing_behind) {
    make_short_lived_children(2);
    checkpoint(1);
    make_short_lived_children(20);
    checkpoint(2);
}

ROW(L03_two_processes_share_one_mm) {
    const pid_t other = sharer();
    tell_pid("self", getpid());
    tell_pid("other", other);
    checkpoint(1);
    finish(other);
    checkpoint(2);
}

ROW(L06_mmput_by_one_of_two_users_touches_nothing) {
    const volatile char* page = map(1, kReadWrite);
    touch(const_cast<volatile char*>(page), 1);
    const pid_t other = sharer();
    tell_pid("self", getpid());
    tell("page", page);
    checkpoint(1);
    finish(other);
    checkpoint(2);
}

ROW(L07_the_last_mmput_frees_areas_and_page_tables) {
    volatile char* pages = map(4, kReadWrite);
    const pid_t child = child_that([&] { touch(pages, 4); });
    tell_pid("child", child);
    tell("pages", pages);
    checkpoint(1);
    finish(child);
    checkpoint(2);
}

ROW(L08_the_descriptor_is_released_when_mm_count_reaches_zero) {
    const pid_t child = child_that([] {});
    tell_pid("child", child);
    checkpoint(1);
    finish(child);
    checkpoint(2);
}

ROW(L09_a_descriptor_that_is_still_referenced_is_kept) {
    const pid_t child = child_that_ends_soon();
    tell_pid("child", child);
    checkpoint(1);
    usleep(80'000);  // nobody else runs: the idle task borrows what the child leaves
    checkpoint(2);
    wait_for(child);
}

ROW(L11_clone_shares_fork_copies_vfork_lends) {
    const pid_t other = sharer();
    const int fd = open("/share/pages.txt", O_RDONLY);
    auto* page = static_cast<volatile char*>(mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE, fd, 0));
    CHECK(page != MAP_FAILED);
    (void)*page;
    tell("page", page);
    const pid_t forked = child_that([] {});
    tell_pid("self", getpid());
    tell_pid("other", other);
    tell_pid("forked", forked);
    checkpoint(1);
    const pid_t lent = vfork();
    if (lent == 0) {
        tell_pid("lent", getpid());
        checkpoint(2);
        _exit(7);
    }
    checkpoint(3);
    CHECK_EQ(WEXITSTATUS(wait_for(lent)), 7);
    checkpoint(4);
    finish(forked);
    finish(other);
}

ROW(L12_three_users_and_a_borrower_are_three_and_two) {
    const pid_t first = sharer(), second = sharer();
    tell_pid("self", getpid());
    checkpoint(1);
    usleep(20'000);  // all three sleep: the idle task borrows the space
    checkpoint(2);
    finish(first);
    finish(second);
}

ROW(L14_exec_makes_a_new_mm) {
    tell_pid("self", getpid());
    if (argument_count == 0) {
        volatile char* pages = map(200, kReadWrite);
        touch(pages, 200);
        unmap(pages, 200);
        checkpoint(1);
        exec_row("again");
    }
    checkpoint(2);
}

ROW(L15_exec_by_one_of_two_sharers_leaves_the_space_to_the_other) {
    if (argument_count == 1) {
        tell_parent_ready();
        sleep_forever();
    }
    tell_pid("self", getpid());
    checkpoint(1);
    prepare_turns();
    const pid_t other = sharer(0, become_another_program);
    tell_pid("other", other);
    wait_for_child_ready();
    checkpoint(2);
    finish(other);
}

ROW(L16_a_dying_task_keeps_its_space_loaded_until_its_last_switch) {
    const pid_t child = child_that_ends_soon();
    tell_pid("child", child);
    checkpoint(1);
    usleep(80'000);
    checkpoint(2);
    wait_for(child);
}

ROW(L17_only_kernel_threads_and_the_dead_have_no_mm) {
    const pid_t dead = sharer(0, end_at_once);
    const pid_t alive = child_that([] {});
    usleep(10'000);
    tell_pid("self", getpid());
    tell_pid("dead", dead);
    checkpoint(1);
    wait_for(dead);
    finish(alive);
}
