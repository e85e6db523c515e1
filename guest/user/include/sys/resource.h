// SPDX-License-Identifier: GPL-2.0-or-later
// Limits and what a process used.
#pragma once

#include <sys/time.h>
#include <sys/types.h>

enum {
    RLIMIT_DATA = 2,
    RLIMIT_STACK = 3,
    RLIMIT_CORE = 4,
    RLIMIT_NPROC = 6,
    RLIMIT_NOFILE = 7,
    RLIMIT_MEMLOCK = 8,
    RLIMIT_AS = 9
};
constexpr unsigned long RLIM_INFINITY = ~0ul;
struct rlimit {
    unsigned long rlim_cur, rlim_max;
};
struct rusage {
    timeval ru_utime, ru_stime;
    long ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt, ru_nswap, ru_inblock, ru_oublock,
        ru_msgsnd, ru_msgrcv, ru_nsignals, ru_nvcsw, ru_nivcsw;
};

extern "C" {
int getrlimit(int resource, rlimit* limit);
int setrlimit(int resource, const rlimit* limit);
pid_t wait4(pid_t pid, int* status, int options, rusage* usage);
}
