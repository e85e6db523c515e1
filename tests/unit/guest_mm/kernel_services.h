// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel services that stand in for the rest of the kernel, and what the test interface reads of them.
#pragma once

#include "fs/fs.h"
#include "guest_space.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace services {

constexpr int kTasks = 16;
extern task_struct tasks[kTasks];
extern signal_struct signals;

void reset();
int held_locks();
file* open_file(int number);
int number_of(const file* filp);
guest::FileState state_of(int number);

struct range_log {
    guest::Range ranges[64];
    int count;
};
extern range_log unmapped, reprotected;
extern ulong present_pages, cached_pages;

}  // namespace services
