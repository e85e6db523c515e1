// SPDX-License-Identifier: GPL-2.0-or-later
// The scheduler: tasks that compute share the processor equally, a task that sleeps is served soon after it
// wakes, and tasks that keep waking each other do not starve the others. Each bound is loose: it tells right
// from wrong, not fast from slow.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

constexpr int kHogs = 3, kSliceTicks = 10;

/// Field `number` of /proc/PID/stat, counted from 1 as proc(5) does.
long stat_field(pid_t pid, int number) {
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    const int fd = open(path, O_RDONLY);
    const ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return -1;
    text[length] = '\0';
    const char* at = strrchr(text, ')');
    for (int field = 2; at && field < number; field++)
        at = strchr(at + 1, ' ');
    return at ? strtol(at + 1, nullptr, 10) : -1;
}
long ticks_of(pid_t pid) {
    return stat_field(pid, 14) + stat_field(pid, 15);
}

pid_t start_hog() {
    const pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            asm volatile("");
    }
    return pid;
}
void end(pid_t pid) {
    int status;
    kill(pid, SIGKILL);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
}

long milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void computing_tasks_share_equally() {
    pid_t hogs[kHogs];
    for (pid_t& hog : hogs)
        hog = start_hog();
    usleep(800000);
    long least = 1000000, most = 0;
    for (const pid_t hog : hogs) {
        const long ticks = ticks_of(hog);
        least = ticks < least ? ticks : least;
        most = ticks > most ? ticks : most;
    }
    CHECK(least > kSliceTicks);
    CHECK(most - least <= kSliceTicks + 2);
    for (const pid_t hog : hogs)
        end(hog);
}

void a_sleeper_is_served_soon() {
    pid_t hogs[kHogs];
    for (pid_t& hog : hogs)
        hog = start_hog();
    usleep(30000);
    constexpr int kRounds = 5, kSleep = 20;
    const long start = milliseconds();
    for (int i = 0; i < kRounds; i++)
        usleep(kSleep * 1000);
    const long late = (milliseconds() - start) / kRounds - kSleep;
    CHECK(late <= 60);  // behind three full slices it would be 300
    if (late > 60) printf("  %ld ms late\n", late);
    for (const pid_t hog : hogs)
        end(hog);
}

volatile pid_t partner;
void note_sender(int, siginfo_t* info, void*) {
    partner = info->si_pid;
}

/// Wakes its partner and sleeps until it is woken, for ever. Without a partner it waits for one first.
[[noreturn]] void ping() {
    const sigset_t none = 0;
    for (;;) {
        if (partner != 0) kill(partner, SIGUSR1);
        sigsuspend(&none);
    }
}

void tasks_that_wake_each_other_starve_nobody() {
    const sigset_t usr1 = 1ull << (SIGUSR1 - 1);
    sigprocmask(SIG_BLOCK, &usr1, nullptr);
    struct sigaction action {};
    action.sa_sigaction = note_sender;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGUSR1, &action, nullptr);
    const pid_t first = fork();
    if (first == 0) ping();
    partner = first;
    const pid_t second = fork();
    if (second == 0) ping();
    const pid_t hog = start_hog();
    usleep(600000);
    const long ticks = ticks_of(hog);
    CHECK(ticks >= 10);
    if (ticks < 10) printf("  the computing task got %ld ticks of 60\n", ticks);
    end(hog);
    end(first);
    end(second);
}

}  // namespace

int main() {
    computing_tasks_share_equally();
    a_sleeper_is_served_soon();
    tasks_that_wake_each_other_starve_nobody();
    return verdict("scheduling");
}
