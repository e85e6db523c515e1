// SPDX-License-Identifier: GPL-2.0-or-later
// fork, exit and wait: exit statuses, zombies, orphans, private memory, usage, limits. Also runs on a Linux
// host.
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

constexpr long NR_setuid = 213, NR_getrusage = 77;
constexpr int RUSAGE_CHILDREN = -1;

/// A child that runs `function` and exits with its result.
pid_t start(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    return pid;
}

/// The wait status of such a child.
int status_of(int (*function)()) {
    const pid_t pid = start(function);
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

int kill_self(int signal) {
    kill(getpid(), signal);
    return 99;
}

void exit_codes_and_signals_are_told_as_linux_encodes_them() {
    CHECK_EQ(status_of([] { return 0; }), 0);
    CHECK_EQ(status_of([] { return 7; }), 7 << 8);
    CHECK_EQ(status_of([] { return 255; }), 255 << 8);
    CHECK_EQ(status_of([] { return 256 + 3; }), 3 << 8);
    CHECK_EQ(status_of([] { return kill_self(SIGKILL); }), SIGKILL);
    CHECK_EQ(status_of([] { return kill_self(SIGTERM); }), SIGTERM);
    CHECK_EQ(status_of([] { return kill_self(SIGCHLD); }), 99 << 8);
}

void wait_without_children_fails() {
    int status;
    CHECK_FAILS(waitpid(-1, &status, 0), ECHILD);
    CHECK_FAILS(waitpid(getpid(), &status, 0), ECHILD);
    CHECK_FAILS(waitpid(12345, &status, WNOHANG), ECHILD);
    CHECK_FAILS(waitpid(-1, &status, 0x00100000), EINVAL);
}

void wnohang_returns_at_once() {
    const pid_t child = start([] { return pause(); });
    int status = 77;
    CHECK_EQ(waitpid(child, &status, WNOHANG), 0);
    CHECK_EQ(status, 77);
    CHECK_EQ(kill(child, SIGKILL), 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, SIGKILL);
    CHECK_FAILS(kill(child, 0), ESRCH);
}

void a_zombie_stays_until_it_is_waited_for() {
    const pid_t child = start([] { return 5; });
    const timespec moment = {0, 30000000};
    nanosleep(&moment, nullptr);
    CHECK_EQ(kill(child, 0), 0);  // dead, but there
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 5 << 8);
    CHECK_FAILS(waitpid(child, &status, 0), ECHILD);
}

void children_may_be_waited_for_in_any_order() {
    pid_t children[5];
    for (int i = 0; i < 5; i++) {
        children[i] = fork();
        if (children[i] == 0) _exit(i);
    }
    for (int i = 4; i >= 0; i--) {
        int status = -1;
        CHECK_EQ(waitpid(children[i], &status, 0), children[i]);
        CHECK_EQ(status, i << 8);
    }
}

void a_bad_status_pointer_is_efault() {
    const pid_t child = start([] { return 0; });
    CHECK_FAILS(waitpid(child, reinterpret_cast<int*>(0xC0100000), 0), EFAULT);
    CHECK_FAILS(waitpid(child, nullptr, 0), ECHILD);  // it is gone all the same
}

int shared_word = 1;
void memory_is_private_after_fork() {
    shared_word = 1;
    const pid_t child = fork();
    if (child == 0) {
        shared_word = 2;
        _exit(shared_word);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK_EQ(status, 2 << 8);
    CHECK_EQ(shared_word, 1);
}

void parent_and_child_know_each_other() {
    const pid_t self = getpid();
    const pid_t child = fork();
    if (child == 0) _exit(getppid() == self && getpid() != self && gettid() == getpid() ? 0 : 1);
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

/// In a process of its own, so that on a Linux host somebody else's children are not disturbed.
int orphan_is_adopted() {
    const pid_t middle = fork();
    if (middle == 0) {
        const pid_t parent = getpid();
        if (fork() == 0) {
            const timespec moment = {0, 50000000};
            nanosleep(&moment, nullptr);
            _exit(getppid() != parent ? 0 : 1);
        }
        _exit(0);
    }
    int status = -1;
    return waitpid(middle, &status, 0) == middle && status == 0 ? 0 : 1;
}

void orphans_go_to_init() {
    CHECK_EQ(status_of(orphan_is_adopted), 0);
    if (getpid() != 1) return;
    int status = -1;
    CHECK(waitpid(-1, &status, 0) > 0);  // we are init
    CHECK_EQ(status, 0);
}

void three_hundred_processes_come_and_go() {
    for (int i = 0; i < 300; i++) {
        const pid_t child = fork();
        if (child == 0) _exit(i & 0x7F);
        int status = -1;
        if (waitpid(child, &status, 0) != child || status != (i & 0x7F) << 8) {
            CHECK_EQ(status, (i & 0x7F) << 8);
            return;
        }
    }
}

int many_at_once() {
    constexpr int COUNT = 40;
    for (int i = 0; i < COUNT; i++) {
        const pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            sched_yield();
            _exit(1);
        }
    }
    int sum = 0;
    for (int i = 0; i < COUNT; i++) {
        int status = 0;
        if (waitpid(-1, &status, 0) <= 0) return 2;
        sum += WEXITSTATUS(status);
    }
    return sum == COUNT && waitpid(-1, nullptr, 0) == -1 ? 0 : 3;
}

int over_the_process_limit() {
    const rlimit few = {0, 0};
    if (setrlimit(RLIMIT_NPROC, &few) != 0) return 1;
    if (fork() == 0) _exit(0);  // root is exempt
    if (syscall(NR_setuid, 1000) != 0) return 2;
    errno = 0;
    const pid_t child = fork();
    if (child == 0) _exit(0);
    return child == -1 && errno == EAGAIN ? 0 : 3;
}

void rlimit_nproc_holds_for_users() {
    if (getuid() != 0) return;
    CHECK_EQ(status_of(over_the_process_limit), 0);
}

int touch_pages() {
    static char pages[8 * 4096];
    for (unsigned i = 0; i < sizeof(pages); i += 4096)
        static_cast<volatile char*>(pages)[i] = 1;
    return 0;
}

void usage_counts_the_childs_faults() {
    const pid_t child = start(touch_pages);
    rusage usage{};
    int status = -1;
    CHECK_EQ(wait4(child, &status, 0, &usage), child);
    CHECK(usage.ru_minflt >= 8);
    rusage children{};
    CHECK_EQ(syscall(NR_getrusage, RUSAGE_CHILDREN, &children), 0);
    CHECK(children.ru_minflt >= usage.ru_minflt);
}

void a_user_may_not_kill_another() {
    if (getuid() != 0) return;
    CHECK_EQ(status_of([] {
                 const pid_t parent = getppid();
                 syscall(NR_setuid, 1000);
                 return kill(parent, 0) == -1 && errno == EPERM && getuid() == 1000 ? 0 : 1;
             }),
             0);
}

}  // namespace

int main() {
    exit_codes_and_signals_are_told_as_linux_encodes_them();
    wait_without_children_fails();
    wnohang_returns_at_once();
    a_zombie_stays_until_it_is_waited_for();
    children_may_be_waited_for_in_any_order();
    a_bad_status_pointer_is_efault();
    memory_is_private_after_fork();
    parent_and_child_know_each_other();
    orphans_go_to_init();
    three_hundred_processes_come_and_go();
    CHECK_EQ(status_of(many_at_once), 0);
    rlimit_nproc_holds_for_users();
    usage_counts_the_childs_faults();
    a_user_may_not_kill_another();
    return verdict("processes");
}
