// SPDX-License-Identifier: GPL-2.0-or-later
// Row C03: programs that act for somebody else than who starts them.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

constexpr long NR_prctl = 172, NR_setresuid32 = 208, NR_getresuid32 = 209;
constexpr int PR_GET_DUMPABLE = 3;
constexpr uid_t kOther = 1000;
constexpr char kCopy[] = "/tmp/copy", kCore[] = "/tmp/core", kSwitch[] = "/proc/sys/fs/suid_dumpable";
constexpr int kCoreDumped = 0x80;

enum Case { Plain = 1, SetId, Unreadable, AsRoot, CoreExists, Returned, Other };

void copy_program() {
    static char buffer[16384];
    const int from = open(arguments[-1], O_RDONLY), to = creat(kCopy, 0755);
    CHECK(from >= 0 && to >= 0);
    for (long got; (got = read(from, buffer, sizeof buffer)) > 0;)
        CHECK_EQ(write(to, buffer, static_cast<size_t>(got)), got);
    close(from);
    close(to);
}

/// What the copy ends with when `starter` starts it. It knows by the number which case it is to look at.
int run_copy(Case which, uid_t starter = 0) {
    const pid_t child = fork_or_fail();
    if (child == 0) {
        const rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
        CHECK_EQ(setrlimit(RLIMIT_CORE, &all), 0);
        CHECK_EQ(chdir("/tmp"), 0);
        CHECK_EQ(syscall(NR_setresuid32, starter, starter, starter), 0);
        char number[] = {static_cast<char>('0' + which), '\0'};
        char* const words[] = {arguments[-1], number, nullptr};
        execve(kCopy, words, environ);
        leave(1);
    }
    return wait_for(child);
}

uid_t owner_of(const char* path) {
    struct stat status {};
    CHECK_EQ(stat(path, &status), 0);
    return static_cast<uid_t>(status.st_uid);
}

void expect_ids(uid_t real, uid_t effective, uid_t saved) {
    uid_t is[3] = {};
    CHECK_EQ(syscall(NR_getresuid32, is, is + 1, is + 2), 0);
    CHECK_EQ(is[0], real);
    CHECK_EQ(is[1], effective);
    CHECK_EQ(is[2], saved);
}

/// The copy's part: it looks at itself, lets the host look, and crashes.
[[noreturn]] void be_the_copy(int which) {
    const bool foreign = which == SetId || which == AsRoot || which == CoreExists;
    if (foreign) expect_ids(0, kOther, kOther);
    if (which == Returned) {  // back to who started it, and to whom it acts for again
        CHECK_EQ(syscall(NR_setresuid32, -1, 0, -1), 0);
        expect_ids(0, 0, kOther);
    }
    constexpr int kDumpable[] = {0, 1, 0, 0, 2, 2, 0, 1};
    CHECK_EQ(syscall(NR_prctl, PR_GET_DUMPABLE), kDumpable[which]);
    CHECK_EQ(owner_of("/proc/self/stat"), which == Other ? kOther : 0);
    tell("self", static_cast<unsigned long>(getpid()));
    checkpoint(which);
    if (failed_checks) leave(1);
    *static_cast<volatile int*>(nullptr) = 1;
    leave(1);
}

void set_suid_dumpable(const char* value, int wanted) {
    const int fd = open(kSwitch, O_WRONLY);
    CHECK_EQ(write(fd, value, strlen(value)), wanted);
    close(fd);
}

void dump_as_root() {
    set_suid_dumpable("3", -1);
    set_suid_dumpable("2\n", 2);
    CHECK_EQ(run_copy(AsRoot), SIGSEGV | kCoreDumped);
    CHECK_EQ(owner_of(kCore), 0);
    CHECK_EQ(run_copy(CoreExists), SIGSEGV);  // it might be anybody's link
    set_suid_dumpable("0", 1);
    CHECK_EQ(unlink(kCore), 0);
}

}  // namespace

ROW(C03_who_acts_for_another_is_not_dumpable) {
    if (argument_count) be_the_copy(atoi(arguments[0]));
    copy_program();
    CHECK_EQ(run_copy(Plain), SIGSEGV | kCoreDumped);
    CHECK_EQ(unlink(kCore), 0);
    CHECK_EQ(run_copy(Other, kOther), SIGSEGV | kCoreDumped);
    CHECK_EQ(owner_of(kCore), kOther);
    CHECK_EQ(unlink(kCore), 0);

    CHECK_EQ(chown(kCopy, kOther, 0), 0);
    CHECK_EQ(chmod(kCopy, 04755), 0);
    CHECK_EQ(run_copy(SetId), SIGSEGV);
    CHECK_EQ(run_copy(Returned), SIGSEGV);
    CHECK_FAILS(access(kCore, F_OK), ENOENT);

    if (since_2_6_28())
        dump_as_root();
    else
        CHECK_FAILS(access(kSwitch, F_OK), ENOENT);

    CHECK_EQ(chown(kCopy, 0, 0), 0);
    CHECK_EQ(chmod(kCopy, 0711), 0);
    CHECK_EQ(run_copy(Unreadable, kOther), SIGSEGV);
    CHECK_FAILS(access(kCore, F_OK), ENOENT);
}
