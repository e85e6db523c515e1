// SPDX-License-Identifier: GPL-2.0-or-later
// Small system calls: who a process is, its groups and limits, time, the machine's name and memory, and
// numbers that no call has. Also runs on a Linux host.
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

constexpr long NR_times = 43, NR_setpgid = 57, NR_getpgrp = 65, NR_setsid = 66, NR_getrlimit_old = 76,
               NR_reboot = 88, NR_sysinfo = 116, NR_getpgid = 132, NR_getsid = 147, NR_getuid_old = 24,
               NR_setuid = 213, NR_setgid = 214, NR_geteuid = 201, NR_getegid = 202, NR_set_tid_address = 258,
               NR_clock_getres = 266, NR_getrusage = 77;
constexpr int RUSAGE_SELF = 0;
const long kernel_address = static_cast<long>(0xC0100000);

int status_of(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

void unknown_numbers_are_enosys() {
    const long numbers[] = {17, 500, 4000, 0x7FFFFFFF, -1, -4096, static_cast<long>(0x80000000)};
    for (const long number : numbers)
        CHECK_EQ(__syscall(number), -ENOSYS);
}

void process_groups_receive_signals_together() {
    const pid_t child = fork();
    if (child == 0) {
        syscall(NR_setpgid, 0, 0);
        if (fork() == 0) pause();
        pause();
        _exit(1);
    }
    while (syscall(NR_getpgid, child) != child)
        sched_yield();
    CHECK_EQ(syscall(NR_getsid, child), syscall(NR_getsid, 0));
    CHECK(syscall(NR_getpgrp) != child);
    CHECK_FAILS(waitpid(-12345, nullptr, WNOHANG), ECHILD);
    CHECK_EQ(waitpid(-child, nullptr, WNOHANG), 0);
    CHECK_EQ(kill(-child, SIGTERM), 0);
    int status = 0;
    CHECK_EQ(waitpid(-child, &status, 0), child);
    CHECK_EQ(status, SIGTERM);
    if (getpid() != 1) CHECK_FAILS(syscall(NR_setpgid, 1, 0), ESRCH);
    CHECK_FAILS(syscall(NR_setpgid, 0, -1), EINVAL);
    CHECK_FAILS(syscall(NR_getpgid, 99999), ESRCH);
}

void setsid_makes_a_session() {
    CHECK_EQ(
        status_of([] {
            const pid_t self = getpid();
            if (syscall(NR_setsid) != self || syscall(NR_getsid, 0) != self || syscall(NR_getpgrp) != self)
                return 1;
            return syscall(NR_setsid) == -1 && errno == EPERM ? 0 : 2;
        }),
        0);
}

void only_root_changes_its_identity() {
    if (getuid() != 0) return;
    CHECK_EQ(syscall(NR_geteuid), 0);
    CHECK_EQ(
        status_of([] {
            if (syscall(NR_setgid, 77) != 0 || syscall(NR_setuid, 88) != 0) return 1;
            if (getuid() != 88 || getgid() != 77 || syscall(NR_geteuid) != 88 || syscall(NR_getegid) != 77)
                return 2;
            if (syscall(NR_getuid_old) != 88) return 3;
            if (syscall(NR_setuid, 0) != -1 || errno != EPERM) return 4;
            if (syscall(NR_setgid, 0) != -1 || errno != EPERM) return 5;
            return syscall(NR_setuid, 88) == 0 ? 0 : 6;
        }),
        0);
}

void limits_are_read_and_set() {
    rlimit limit{};
    CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
    CHECK_EQ(limit.rlim_cur, 8u << 20);
    CHECK_EQ(limit.rlim_max, RLIM_INFINITY);
    CHECK_EQ(syscall(NR_getrlimit_old, RLIMIT_STACK, &limit), 0);
    CHECK_EQ(limit.rlim_max, 0x7FFFFFFF);  // the old call's infinity
    CHECK_FAILS(getrlimit(16, &limit), EINVAL);
    CHECK_FAILS(syscall(__NR_getrlimit, RLIMIT_STACK, kernel_address), EFAULT);
    CHECK_EQ(status_of([] {
                 rlimit mine = {1 << 20, 2 << 20};
                 if (setrlimit(RLIMIT_DATA, &mine) != 0) return 1;
                 mine = {3, 2};
                 if (setrlimit(RLIMIT_DATA, &mine) != -1 || errno != EINVAL) return 2;
                 getrlimit(RLIMIT_DATA, &mine);
                 if (mine.rlim_cur != 1 << 20 || mine.rlim_max != 2 << 20) return 3;
                 return status_of([] {  // children inherit
                     rlimit theirs{};
                     getrlimit(RLIMIT_DATA, &theirs);
                     return theirs.rlim_cur == 1 << 20 ? 0 : 1;
                 });
             }),
             0);
}

long milliseconds(const timespec& time) {
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void time_goes_on() {
    timespec before{}, after{}, wait = {0, 50000000};
    CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    CHECK_EQ(nanosleep(&wait, nullptr), 0);
    CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    CHECK(milliseconds(after) - milliseconds(before) >= 50);
    timespec wall{};
    timeval day{};
    CHECK_EQ(clock_gettime(CLOCK_REALTIME, &wall), 0);
    CHECK_EQ(syscall(__NR_gettimeofday, &day, nullptr), 0);
    CHECK(day.tv_sec - wall.tv_sec <= 1);
    CHECK(time(nullptr) - wall.tv_sec <= 1);
    CHECK_FAILS(clock_gettime(77, &wall), EINVAL);
    CHECK_FAILS(syscall(__NR_clock_gettime, CLOCK_MONOTONIC, kernel_address), EFAULT);
    CHECK_EQ(syscall(NR_clock_getres, CLOCK_MONOTONIC, &wall), 0);
    CHECK(wall.tv_sec == 0 && wall.tv_nsec > 0 && wall.tv_nsec <= 10000000);
    wait = {0, 1000000000};
    CHECK_FAILS(nanosleep(&wait, nullptr), EINVAL);
    wait = {-1, 0};
    CHECK_FAILS(nanosleep(&wait, nullptr), EINVAL);
    CHECK_FAILS(syscall(__NR_nanosleep, 8, 0), EFAULT);
}

void computing_is_charged() {
    rusage before{}, after{};
    CHECK_EQ(syscall(NR_getrusage, RUSAGE_SELF, &before), 0);
    const long ticks = syscall(NR_times, nullptr);
    while (syscall(NR_times, nullptr) - ticks < 5) {
    }
    CHECK_EQ(syscall(NR_getrusage, RUSAGE_SELF, &after), 0);
    const long used =
        (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) *
            1000000 +
        after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec;
    CHECK(used > 0);
    CHECK_FAILS(syscall(NR_getrusage, 5, &after), EINVAL);
}

void the_machine_describes_itself() {
    utsname name{};
    CHECK_EQ(uname(&name), 0);
    CHECK_TEXT(name.sysname, "Linux");
    CHECK_FAILS(syscall(__NR_uname, kernel_address), EFAULT);
    struct {
        long uptime;
        unsigned long loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
        unsigned short procs, pad;
        unsigned long totalhigh, freehigh;
        unsigned mem_unit;
        char reserved[8];
    } info{};
    CHECK_EQ(syscall(NR_sysinfo, &info), 0);
    CHECK(info.totalram >= info.freeram && info.freeram > 0 && info.mem_unit > 0 && info.procs >= 1);
    CHECK_FAILS(syscall(NR_reboot, 1, 2, 3), EINVAL);
}

void a_threads_number_is_its_process_number() {
    int word = 0;
    CHECK_EQ(syscall(NR_set_tid_address, &word), getpid());
    CHECK_EQ(syscall(NR_set_tid_address, nullptr), gettid());
}

}  // namespace

int main() {
    unknown_numbers_are_enosys();
    process_groups_receive_signals_together();
    setsid_makes_a_session();
    only_root_changes_its_identity();
    limits_are_read_and_set();
    time_goes_on();
    computing_is_charged();
    the_machine_describes_itself();
    a_threads_number_is_its_process_number();
    return verdict("system_calls");
}
