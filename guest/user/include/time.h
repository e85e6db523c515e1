// SPDX-License-Identifier: GPL-2.0-or-later
// Time of the machine: virtual under the emulator.
#pragma once

#include <sys/types.h>

enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1 };
struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

extern "C" {
int nanosleep(const timespec* wanted, timespec* left);
int clock_gettime(int clock, timespec* now);
time_t time(time_t* now);
}
