// SPDX-License-Identifier: GPL-2.0-or-later
// Time of day.
#pragma once

#include <sys/types.h>

struct timeval {
    time_t tv_sec;
    suseconds_t tv_usec;
};

extern "C" int gettimeofday(timeval* now, void* zone);
