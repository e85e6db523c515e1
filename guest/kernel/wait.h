// SPDX-License-Identifier: GPL-2.0-or-later
// Wait queues and completions: where tasks sleep until somebody wakes them.
#pragma once

#include "kernel/spinlock.h"
#include "lib/list.h"

struct task_struct;

struct wait_queue_head_t {
    spinlock_t lock;
    list_head task_list;  // of wait_queue_t::task_list, the longest waiter first
};
struct wait_queue_t {
    task_struct* task;
    list_head task_list;
};

void init_waitqueue_head(wait_queue_head_t* queue);
/// Puts the running task on the queue and sets its state; schedule() follows, finish_wait() ends it.
void prepare_to_wait(wait_queue_head_t* queue, wait_queue_t* wait, long state);
void finish_wait(wait_queue_head_t* queue, wait_queue_t* wait);
/// Wakes every task on the queue; may be called from interrupts.
void wake_up_all(wait_queue_head_t* queue);
/// Wakes the longest waiter.
void wake_up(wait_queue_head_t* queue);

/// Sleeps uninterruptibly until `condition`.
#define wait_event(queue, condition)                                       \
    do {                                                                   \
        wait_queue_t wait_entry_{};                                        \
        for (;;) {                                                         \
            prepare_to_wait(&(queue), &wait_entry_, TASK_UNINTERRUPTIBLE); \
            if (condition) break;                                          \
            schedule();                                                    \
        }                                                                  \
        finish_wait(&(queue), &wait_entry_);                               \
    } while (0)
/// Sleeps until `condition` or a signal; 0 or -ERESTARTSYS.
#define wait_event_interruptible(queue, condition)                       \
    ({                                                                   \
        int result_ = 0;                                                 \
        wait_queue_t wait_entry_{};                                      \
        for (;;) {                                                       \
            prepare_to_wait(&(queue), &wait_entry_, TASK_INTERRUPTIBLE); \
            if (condition) break;                                        \
            if (signal_pending(current)) {                               \
                result_ = -ERESTARTSYS;                                  \
                break;                                                   \
            }                                                            \
            schedule();                                                  \
        }                                                                \
        finish_wait(&(queue), &wait_entry_);                             \
        result_;                                                         \
    })

struct completion {
    unsigned done;
    wait_queue_head_t wait;
};
void init_completion(completion* c);
void complete(completion* c);
void complete_all(completion* c);  // whoever waits, now or later, goes on
void wait_for_completion(completion* c);
