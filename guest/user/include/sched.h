// SPDX-License-Identifier: GPL-2.0-or-later
// Threads as the kernel makes them.
#pragma once

#include <sys/types.h>

enum {
    CLONE_VM = 0x100,
    CLONE_FS = 0x200,
    CLONE_FILES = 0x400,
    CLONE_SIGHAND = 0x800,
    CLONE_VFORK = 0x4000,
    CLONE_THREAD = 0x10000,
    CLONE_SETTLS = 0x80000,
    CLONE_PARENT_SETTID = 0x100000,
    CLONE_CHILD_CLEARTID = 0x200000,
    CLONE_CHILD_SETTID = 0x1000000
};

extern "C" {
/// Starts `function(argument)` on a stack that ends at `stack_top`; its result is the task's exit status.
int clone(int (*function)(void*), void* stack_top, int flags, void* argument, int* parent_tid = nullptr,
          void* tls = nullptr, int* child_tid = nullptr);
int sched_yield();
}
