// SPDX-License-Identifier: GPL-2.0-or-later
// Resource usage as getrusage(2) and wait4(2) report it.
#pragma once

#include "kernel/time.h"

struct task_struct;

/// Members this kernel does not measure are 0.
struct rusage {
    timeval ru_utime, ru_stime;
    long ru_maxrss, ru_ixrss, ru_idrss, ru_isrss;
    long ru_minflt, ru_majflt, ru_nswap, ru_inblock, ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals, ru_nvcsw,
        ru_nivcsw;
};
static_assert(sizeof(rusage) == 72);

timeval ticks_to_timeval(ulong ticks);
/// Of a dead process with its threads and the children it waited for. tasklist_lock held.
rusage usage_of_dead(const task_struct* leader);
