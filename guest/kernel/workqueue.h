// SPDX-License-Identifier: GPL-2.0-or-later
// Work that a kernel thread does later, where it may sleep and has no address space of its own.
#pragma once

#include "kernel/wait.h"

struct work_struct {
    list_head entry;  // in the queue while it waits. The queue's lock
    void (*func)(work_struct* work);
};
struct workqueue_struct {
    spinlock_t lock;
    list_head worklist;  // of work_struct::entry, the longest waiting first
    wait_queue_head_t more_work;
    const char* name;  // of the thread
};

void init_work(work_struct* work, void (*func)(work_struct* work));
/// Starts the queue's thread. Only a task without an address space may call it: the boot. Panics without
/// memory.
void start_workqueue(workqueue_struct* queue, const char* name);
/// False if the work waits already. It may be queued again as soon as its function has begun. Any context.
bool queue_work(workqueue_struct* queue, work_struct* work);

/// The common queue, thread "events/0".
extern workqueue_struct keventd_wq;
inline bool schedule_work(work_struct* work) {
    return queue_work(&keventd_wq, work);
}
/// Boot: starts the kernel's queues.
void workqueues_init();
