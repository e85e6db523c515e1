// SPDX-License-Identifier: GPL-2.0-or-later
// Waiting, limits, time and the processor.
#include <sched.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/result.h"

pid_t wait4(pid_t pid, int* status, int options, rusage* usage) {
    return result(__syscall(__NR_wait4, pid, arg(status), options, arg(usage)));
}
pid_t waitpid(pid_t pid, int* status, int options) {
    return wait4(pid, status, options, nullptr);
}
pid_t wait(int* status) {
    return waitpid(-1, status, 0);
}

int getrlimit(int resource, rlimit* limit) {
    return result(__syscall(__NR_getrlimit, resource, arg(limit)));
}
int setrlimit(int resource, const rlimit* limit) {
    return result(__syscall(__NR_setrlimit, resource, arg(limit)));
}

int sched_yield() {
    return result(__syscall(__NR_sched_yield));
}

int nanosleep(const timespec* wanted, timespec* left) {
    return result(__syscall(__NR_nanosleep, arg(wanted), arg(left)));
}
int clock_gettime(int clock, timespec* now) {
    return result(__syscall(__NR_clock_gettime, clock, arg(now)));
}
int gettimeofday(timeval* now, void* zone) {
    return result(__syscall(__NR_gettimeofday, arg(now), arg(zone)));
}
time_t time(time_t* now) {
    return result(__syscall(__NR_time, arg(now)));
}

unsigned sleep(unsigned seconds) {
    timespec wanted{static_cast<time_t>(seconds), 0};
    timespec left{};
    return nanosleep(&wanted, &left) == 0 ? 0 : static_cast<unsigned>(left.tv_sec);
}

int usleep(useconds_t microseconds) {
    timespec wanted{static_cast<time_t>(microseconds / 1000000),
                    static_cast<long>(microseconds % 1000000) * 1000};
    return nanosleep(&wanted, nullptr);
}
