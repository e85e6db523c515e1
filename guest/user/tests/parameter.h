// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that a test program takes from the kernel's command line, as pid 1 has no arguments.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/// The number behind `name` ("seed="), or `otherwise`. On a host without such a word: `otherwise`.
inline unsigned parameter(const char* name, unsigned otherwise) {
    static char line[512];
    const int fd = open("/proc/cmdline", O_RDONLY);
    const long length = read(fd, line, sizeof line - 1);
    close(fd);
    line[length > 0 ? length : 0] = '\0';
    const char* at = strstr(line, name);
    return at ? static_cast<unsigned>(strtol(at + strlen(name), nullptr, 10)) : otherwise;
}

/// Seconds since the machine was started.
inline long seconds_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}
