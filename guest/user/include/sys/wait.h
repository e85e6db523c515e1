// SPDX-License-Identifier: GPL-2.0-or-later
// Waiting for children.
#pragma once

#include <sys/types.h>

enum { WNOHANG = 1, __WALL = 0x40000000, __WCLONE = static_cast<int>(0x80000000) };
#define WIFEXITED(status) (((status)&0x7F) == 0)
#define WEXITSTATUS(status) (((status) >> 8) & 0xFF)
#define WIFSIGNALED(status) (((status)&0x7F) != 0 && ((status)&0x7F) != 0x7F)
#define WTERMSIG(status) ((status)&0x7F)

extern "C" {
pid_t waitpid(pid_t pid, int* status, int options);
pid_t wait(int* status);
}
