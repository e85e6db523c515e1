// SPDX-License-Identifier: GPL-2.0-or-later
// The format of the running program.
#include "mm/policy/task_binfmt.h"

#include "kernel/sched.h"

linux_binfmt* task_binfmt::get(const mm_struct* mm) {
    BUG_ON(mm != current->mm);
    return current->binfmt;
}
