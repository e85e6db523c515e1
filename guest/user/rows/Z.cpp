// SPDX-License-Identifier: GPL-2.0-or-later
// Rows Z: kernel threads and what they borrow; L04 and L05: an address space on loan. /dev/kthread lets the
// kernel's threads pass checkpoints.
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

int open_device() {
    const int device = open("/dev/kthread", O_WRONLY);
    CHECK(device >= 0);
    return device;
}
void kernel_thread(const char* way, int id) {
    const int device = open_device();
    CHECK(dprintf(device, "%s %d", way, id) > 0);
    close(device);
}
void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

}  // namespace

ROW(L04_a_kernel_thread_borrows_a_shared_mm) {
    const pid_t other = sharer();
    tell_self();
    checkpoint(1);
    kernel_thread("run", 2);
    checkpoint(3);
    finish(other);
}

ROW(L05_both_users_die_while_the_mm_is_on_loan) {
    const pid_t pid = fork_or_fail();
    if (pid == 0) {
        const int device = open_device();
        CHECK(dprintf(device, "last 2") > 0);
        const pid_t other = sharer();
        tell_self();
        checkpoint(1);
        finish(other);
        leave(0);
    }
    wait_for(pid);
    checkpoint(3);
}

ROW(Z01_a_kernel_thread_borrows_the_space_before) {
    tell_self();
    checkpoint(1);
    kernel_thread("run", 2);
}

ROW(Z02_a_process_runs_in_its_own_space) {
    tell_self();
    checkpoint(1);
}

ROW(Z03_a_kernel_thread_that_is_switched_out_has_nothing) {
    tell_self();
    kernel_thread("run", 1);
    checkpoint(2);
}

ROW(Z04_a_kernel_thread_has_no_user_memory_but_what_it_uses) {
    tell_self();
    kernel_thread("run", 1);
    kernel_thread("use", 2);
    kernel_thread("run", 3);
}

ROW(Z05_to_a_kernel_thread_and_back_without_a_reload) {
    tell_self();
    checkpoint(1);
    kernel_thread("run", 2);
    checkpoint(3);
}

ROW(Z06_the_mask_names_the_processor_that_runs_the_space) {
    tell_self();
    const pid_t child = child_that([] { checkpoint(1); });
    tell("child", static_cast<unsigned long>(child));
    checkpoint(2);
    finish(child);
}

ROW(Z07_a_flush_on_loan_lets_the_space_go) {
    tell_self();
    checkpoint(1);
    kernel_thread("flush", 2);
    checkpoint(3);
}

ROW(Z08_the_swapper_only_borrows) {
    checkpoint(1);
}

ROW(Z09_all_directories_share_the_kernels_half) {
    const pid_t child = child_that([] {});
    tell_self();
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}

ROW(Z10_a_kernel_thread_of_a_process_leaves_its_mm) {
    tell_self();
    checkpoint(1);
    kernel_thread("daemon", 2);  // and 3
    checkpoint(4);
}
