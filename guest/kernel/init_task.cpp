// SPDX-License-Identifier: GPL-2.0-or-later
// pid 0: the task that boots the kernel and then runs when nobody else can. It exists from the first
// instruction.
#include "kernel/sched.h"
#include "mm/mm.h"

extern "C" char init_stack[THREAD_SIZE];

constinit task_struct init_task = {
    .state = TASK_RUNNING,
    .stack = init_stack,
    .flags = PF_KTHREAD,
    .run_list = LIST_HEAD_INIT(init_task.run_list),
    .tasks = LIST_HEAD_INIT(init_task.tasks),
    .active_mm = &init_mm,
    .real_parent = &init_task,
    .children = LIST_HEAD_INIT(init_task.children),
    .sibling = LIST_HEAD_INIT(init_task.sibling),
    .group_leader = &init_task,
    .thread_group = LIST_HEAD_INIT(init_task.thread_group),
    .wait_chldexit = {SPIN_LOCK_UNLOCKED, LIST_HEAD_INIT(init_task.wait_chldexit.task_list)},
    .comm = "swapper",
    .alloc_lock = SPIN_LOCK_UNLOCKED,
    .usage = ATOMIC_INIT(2),
};
task_struct* current_task = &init_task;
spinlock_t tasklist_lock = SPIN_LOCK_UNLOCKED;
