// SPDX-License-Identifier: GPL-2.0-or-later
// prctl and /proc/PID/coredump_filter: whether and what of a process may be dumped, and its name. Also runs
// on a Linux host.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/edition.h"

namespace {

constexpr long NR_prctl = 172;
enum : int { PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4, PR_SET_NAME = 15, PR_GET_NAME = 16 };

template <class T>
long prctl(int option, T argument) {
    return syscall(NR_prctl, option, (long)argument, 0, 0, 0);
}

int status_of(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

unsigned read_filter() {
    char text[16] = {};
    const int fd = open("/proc/self/coredump_filter", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_EQ(read(fd, text, sizeof text - 1), 9);
    close(fd);
    return static_cast<unsigned>(strtoul(text, nullptr, 16));
}
long write_filter(const char* text) {
    const int fd = open("/proc/self/coredump_filter", O_WRONLY);
    CHECK(fd >= 0);
    const long written = write(fd, text, strlen(text));
    const int error = errno;
    close(fd);
    errno = error;
    return written;
}

int is_dumpable() {
    return static_cast<int>(prctl(PR_GET_DUMPABLE, 0));
}

void dumpable_is_0_or_1_for_a_program() {
    CHECK_EQ(is_dumpable(), 1);
    CHECK_FAILS(prctl(PR_SET_DUMPABLE, 2), EINVAL);
    CHECK_FAILS(prctl(PR_SET_DUMPABLE, -1), EINVAL);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
    CHECK_EQ(is_dumpable(), 0);
    CHECK_EQ(status_of(is_dumpable), 0);  // fork inherits it
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
    CHECK_EQ(status_of(is_dumpable), 1 << 8);
    CHECK_FAILS(prctl(12345, 0), EINVAL);
}

int filter_is_3() {
    return read_filter() == 3 && is_dumpable() == 0 ? 0 : 1;
}

/// Writing the filter leaves the bits beside it alone, and the other way round.
void the_filter_can_be_written() {
    if (!since_2_6_28()) return;
    const unsigned at_start = read_filter();
    CHECK_EQ(at_start & 3, 3);  // anonymous memory, private and shared
    CHECK_EQ(write_filter("0x3\n"), 4);
    CHECK_EQ(read_filter(), 3);
    CHECK_EQ(is_dumpable(), 1);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
    CHECK_EQ(status_of(filter_is_3), 0);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
    CHECK_EQ(write_filter("0"), 1);
    CHECK_EQ(read_filter(), 0);
    CHECK_EQ(is_dumpable(), 1);
    CHECK_EQ(write_filter("017"), 3);
    CHECK_EQ(read_filter(), 15);
    CHECK_FAILS(write_filter("green"), EINVAL);
    CHECK_FAILS(write_filter("08"), EINVAL);
    CHECK_FAILS(write_filter("0x"), EINVAL);
    CHECK_EQ(read_filter(), 15);
}

void a_process_can_name_itself() {
    char name[16];
    CHECK_EQ(prctl(PR_SET_NAME, "short"), 0);
    CHECK_EQ(prctl(PR_GET_NAME, name), 0);
    CHECK_TEXT(name, "short");
    CHECK_EQ(prctl(PR_SET_NAME, "a name of more than fifteen characters"), 0);
    CHECK_EQ(prctl(PR_GET_NAME, name), 0);
    CHECK_TEXT(name, "a name of more ");
    CHECK_FAILS(prctl(PR_SET_NAME, 16L), EFAULT);
    CHECK_FAILS(prctl(PR_GET_NAME, 16), EFAULT);
}

int dumpable_after_setuid() {
    if (getuid() != 0) return 0;  // only the superuser becomes somebody else
    constexpr long NR_setuid32 = 213;
    return syscall(NR_setuid32, 1000) == 0 && is_dumpable() == 0 ? 0 : 1;
}

}  // namespace

int main() {
    dumpable_is_0_or_1_for_a_program();
    the_filter_can_be_written();
    a_process_can_name_itself();
    CHECK_EQ(status_of(dumpable_after_setuid), 0);
    return verdict("prctl");
}
