// SPDX-License-Identifier: GPL-2.0-or-later
// Work queues: a list and a thread that empties it.
#include "kernel/workqueue.h"

#include "kernel/errno.h"
#include "kernel/panic.h"
#include "kernel/printk.h"
#include "kernel/sched.h"

workqueue_struct keventd_wq;

namespace {

bool is_empty(workqueue_struct* queue) {
    spin_guard_irq guard(&queue->lock);
    return list_empty(&queue->worklist);
}

work_struct* take_work(workqueue_struct* queue) {
    spin_guard_irq guard(&queue->lock);
    work_struct* work = list_entry(queue->worklist.next, work_struct, entry);
    list_del_init(&work->entry);
    return work;
}

int worker_thread(void* argument) {
    auto* queue = static_cast<workqueue_struct*>(argument);
    current->blocked = ~sigset_t{0};  // nobody ends a worker
    for (;;) {
        // Interruptible, though no signal comes: who waits uninterruptibly is in the middle of something.
        if (wait_event_interruptible(queue->more_work, !is_empty(queue))) continue;
        work_struct* work = take_work(queue);
        work->func(work);
    }
}

}  // namespace

void init_work(work_struct* work, void (*func)(work_struct* work)) {
    INIT_LIST_HEAD(&work->entry);
    work->func = func;
}

void start_workqueue(workqueue_struct* queue, const char* name) {
    BUG_ON(current->mm);
    spin_lock_init(&queue->lock);
    INIT_LIST_HEAD(&queue->worklist);
    init_waitqueue_head(&queue->more_work);
    queue->name = name;
    if (kernel_thread(worker_thread, queue, name) < 0) panic("start_workqueue: no memory for %s", name);
}

bool queue_work(workqueue_struct* queue, work_struct* work) {
    {
        spin_guard_irq guard(&queue->lock);
        if (!list_empty(&work->entry)) return false;
        list_add_tail(&work->entry, &queue->worklist);
    }
    wake_up(&queue->more_work);
    return true;
}

void workqueues_init() {
    start_workqueue(&keventd_wq, "events/0");
}
