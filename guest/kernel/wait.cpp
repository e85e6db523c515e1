// SPDX-License-Identifier: GPL-2.0-or-later
// Wait queues and completions.
#include "kernel/wait.h"

#include "kernel/printk.h"
#include "kernel/sched.h"

namespace {

/// Takes a waiter off and wakes it. The queue's lock is held.
void wake_first_locked(wait_queue_head_t* queue) {
    auto* wait = list_entry(queue->task_list.next, wait_queue_t, task_list);
    list_del_init(&wait->task_list);
    wake_up_process(wait->task);
}

}  // namespace

void init_waitqueue_head(wait_queue_head_t* queue) {
    spin_lock_init(&queue->lock);
    INIT_LIST_HEAD(&queue->task_list);
}

void prepare_to_wait(wait_queue_head_t* queue, wait_queue_t* wait, long state) {
    spin_guard_irq guard(&queue->lock);
    // A second round of the same wait finds the entry linked, or unlinked by who woke it.
    if (wait->task == nullptr || list_empty(&wait->task_list)) {
        wait->task = current;
        list_add_tail(&wait->task_list, &queue->task_list);
    }
    current->state = state;
}

void finish_wait(wait_queue_head_t* queue, wait_queue_t* wait) {
    current->state = TASK_RUNNING;
    spin_guard_irq guard(&queue->lock);
    if (wait->task != nullptr && !list_empty(&wait->task_list)) list_del_init(&wait->task_list);
}

void wake_up_all(wait_queue_head_t* queue) {
    spin_guard_irq guard(&queue->lock);
    while (!list_empty(&queue->task_list))
        wake_first_locked(queue);
}

void wake_up(wait_queue_head_t* queue) {
    spin_guard_irq guard(&queue->lock);
    if (!list_empty(&queue->task_list)) wake_first_locked(queue);
}

void init_completion(completion* c) {
    c->done = 0;
    init_waitqueue_head(&c->wait);
}

void complete(completion* c) {
    // One lock for both: whoever waits may free the completion as soon as the lock is released.
    spin_guard_irq guard(&c->wait.lock);
    c->done++;
    if (!list_empty(&c->wait.task_list)) wake_first_locked(&c->wait);
}

void complete_all(completion* c) {
    spin_guard_irq guard(&c->wait.lock);
    c->done = ~0u / 2;
    while (!list_empty(&c->wait.task_list))
        wake_first_locked(&c->wait);
}

void wait_for_completion(completion* c) {
    wait_queue_t wait{};
    for (;;) {
        prepare_to_wait(&c->wait, &wait, TASK_UNINTERRUPTIBLE);
        {
            spin_guard_irq guard(&c->wait.lock);
            if (c->done != 0) {
                c->done--;
                break;
            }
        }
        schedule();
    }
    finish_wait(&c->wait, &wait);
}
