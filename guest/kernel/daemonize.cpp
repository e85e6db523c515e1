// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel thread that a user process started leaves what it shares with that process (MM_FACTS 4.6).
#include "fs/fs.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "mm/mm.h"

void daemonize(const char* name) {
    strlcpy(current->comm, name, TASK_COMM_LEN);
    exit_mm(current);
    current->flags |= PF_KTHREAD;
    exit_files(current);
    exit_fs(current);
    spin_guard guard(&tasklist_lock);
    current->real_parent = child_reaper();
    list_move_tail(&current->sibling, &current->real_parent->children);
    current->exit_signal = -1;  // nobody waits for it
}
