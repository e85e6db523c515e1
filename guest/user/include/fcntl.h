// SPDX-License-Identifier: GPL-2.0-or-later
// Opening files and the descriptor flags.
#pragma once

#include <sys/types.h>

enum {
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_CREAT = 0100,
    O_EXCL = 0200,
    O_TRUNC = 01000,
    O_APPEND = 02000,
    O_NONBLOCK = 04000,
    O_SYNC = 010000,
    O_DIRECTORY = 0200000,
    O_NOFOLLOW = 0400000,
    O_CLOEXEC = 02000000
};
enum { F_DUPFD = 0, F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, FD_CLOEXEC = 1 };

extern "C" {
int open(const char* path, int flags, ...);
int creat(const char* path, unsigned mode);
int fcntl(int fd, int command, ...);
}
