// SPDX-License-Identifier: GPL-2.0-or-later
// Time: jiffies count timer interrupts and nothing else; timers call back when a tick has come.
#pragma once

#include "lib/list.h"
#include "lib/types.h"

/// Called once, in the timer interrupt, when jiffies reaches `expires`. All members belong to the caller
/// while the timer is not pending.
struct timer_list {
    list_head entry;  // in the list of pending timers, the earliest first
    ulong expires;
    void (*function)(ulong data);
    ulong data;
};
void init_timer(timer_list* timer);
inline bool timer_pending(const timer_list* timer) {
    return !list_empty(&timer->entry);
}
/// The timer must not be pending.
void add_timer(timer_list* timer);
/// True if it was pending. After the return its function is not called any more.
bool del_timer(timer_list* timer);

/// a is later than b, also when jiffies wraps.
inline bool time_after(ulong a, ulong b) {
    return static_cast<long>(b - a) < 0;
}

/// The timer interrupt's part: jiffies + 1, timers.
void do_timer();

struct timespec {
    long tv_sec, tv_nsec;
};
struct timeval {
    long tv_sec, tv_usec;
};
/// As nanosleep(2) wants it: not negative, less than 1000000000 ns.
bool timespec_valid(const timespec& time);
/// Whole ticks that last at least so long, counted from inside a tick; 0 for no time at all.
ulong timespec_to_jiffies(const timespec& time);
/// Since boot, from ticks and the position inside the tick.
timespec monotonic_time();
/// Since 1970, UTC: the clock chip's time at boot plus monotonic_time.
timespec wall_time();
/// Reads the clock chip. Once, at boot.
void time_init();
