// SPDX-License-Identifier: GPL-2.0-or-later
// What guest_files.cpp reads and sets of the services around guest/fs.
#pragma once

#include "fs/internal.h"
#include "kernel/sched.h"

namespace services {
void reset();
extern char log[];
long live();          // blocks that are allocated
extern long allowed;  // further allocations that succeed; negative: all
extern int held;
}  // namespace services
