// SPDX-License-Identifier: GPL-2.0-or-later
// System calls that sleep and that tell the time.
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "kernel/syscalls.h"
#include "kernel/time.h"

namespace {

constexpr long NSEC_PER_SEC = 1000000000, NSEC_PER_TICK = NSEC_PER_SEC / HZ;
constexpr ulong MAX_SLEEP = ~0ul >> 2;  // ticks: more than jiffies can compare is for ever anyway

enum : long { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1 };

timespec from_ticks(ulong ticks) {
    return {static_cast<long>(ticks / HZ), static_cast<long>(ticks % HZ) * NSEC_PER_TICK};
}

/// Sleeps until jiffies reaches restart->expires; interrupted, it says how long it still is.
long sleep_until(restart_block* restart) {
    for (;;) {
        const long left = static_cast<long>(restart->expires - jiffies);
        if (left <= 0) return 0;
        if (signal_pending(current)) {
            if (restart->remaining &&
                put_user(from_ticks(static_cast<ulong>(left)), static_cast<timespec*>(restart->remaining)))
                return -EFAULT;
            return -ERESTART_RESTARTBLOCK;
        }
        current->state = TASK_INTERRUPTIBLE;
        schedule_timeout(left);
    }
}

}  // namespace

bool timespec_valid(const timespec& time) {
    return time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < NSEC_PER_SEC;
}

ulong timespec_to_jiffies(const timespec& time) {
    const u64 ticks = static_cast<u64>(time.tv_sec) * HZ +
                      static_cast<u64>((time.tv_nsec + NSEC_PER_TICK - 1) / NSEC_PER_TICK);
    const ulong part_of_a_tick = ticks ? 1 : 0;
    return static_cast<ulong>(min<u64>(ticks, MAX_SLEEP)) + part_of_a_tick;
}

long sys_nanosleep(const timespec* request, timespec* remaining) {
    timespec time;
    if (get_user(time, request)) return -EFAULT;
    if (!timespec_valid(time)) return -EINVAL;
    current->restart = {sleep_until, jiffies + timespec_to_jiffies(time), remaining};
    return sleep_until(&current->restart);
}

long sys_restart_syscall() {
    restart_block* restart = &current->restart;
    return restart->function ? restart->function(restart) : -EINTR;
}

long sys_time(long* seconds) {
    const long now = wall_time().tv_sec;
    return seconds && put_user(now, seconds) ? -EFAULT : now;
}

long sys_gettimeofday(timeval* now, void* timezone) {
    const timespec time = wall_time();
    if (now && put_user({time.tv_sec, time.tv_nsec / 1000}, now)) return -EFAULT;
    return timezone && clear_user(timezone, 8) ? -EFAULT : 0;  // Greenwich
}

long sys_clock_gettime(long clock, timespec* now) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return -EINVAL;
    return put_user(clock == CLOCK_REALTIME ? wall_time() : monotonic_time(), now);
}

long sys_clock_getres(long clock, timespec* resolution) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return -EINVAL;
    return resolution ? put_user({0, NSEC_PER_TICK}, resolution) : 0;
}
