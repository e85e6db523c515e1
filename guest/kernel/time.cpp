// SPDX-License-Identifier: GPL-2.0-or-later
// Jiffies, timers, sleeping for a time, and what time it is.
#include "kernel/time.h"

#include "arch/processor.h"
#include "drivers/pit.h"
#include "drivers/rtc.h"
#include "kernel/sched.h"

ulong jiffies;

namespace {

constexpr long NSEC_PER_SEC = 1000000000, NSEC_PER_TICK = NSEC_PER_SEC / HZ, NSEC_PER_USEC = 1000;

spinlock_t timer_lock = SPIN_LOCK_UNLOCKED;
constinit list_head pending_timers = LIST_HEAD_INIT(pending_timers);
long boot_seconds;  // since 1970

/// The first timer, taken off the list, if it is due.
timer_list* take_due_timer() {
    spin_guard_irq guard(&timer_lock);
    if (list_empty(&pending_timers)) return nullptr;
    auto* timer = list_entry(pending_timers.next, timer_list, entry);
    if (time_after(timer->expires, jiffies)) return nullptr;
    list_del_init(&timer->entry);
    return timer;
}

void wake_sleeper(ulong task) {
    wake_up_process(reinterpret_cast<task_struct*>(task));
}

}  // namespace

void init_timer(timer_list* timer) {
    INIT_LIST_HEAD(&timer->entry);
}

void add_timer(timer_list* timer) {
    spin_guard_irq guard(&timer_lock);
    BUG_ON(timer_pending(timer));
    // Behind all that are not later, so that timers of one tick run in the order in which they were added.
    list_head* after = pending_timers.prev;
    while (after != &pending_timers &&
           time_after(list_entry(after, timer_list, entry)->expires, timer->expires)) {
        after = after->prev;
    }
    list_add(&timer->entry, after);
}

bool del_timer(timer_list* timer) {
    spin_guard_irq guard(&timer_lock);
    if (!timer_pending(timer)) return false;
    list_del_init(&timer->entry);
    return true;
}

void do_timer() {
    jiffies++;
    while (timer_list* timer = take_due_timer())
        timer->function(timer->data);
}

long schedule_timeout(long ticks) {
    if (ticks <= 0) {
        current->state = TASK_RUNNING;
        return 0;
    }
    timer_list timer{.entry = {},
                     .expires = jiffies + static_cast<ulong>(ticks),
                     .function = wake_sleeper,
                     .data = reinterpret_cast<ulong>(current)};
    init_timer(&timer);
    add_timer(&timer);
    schedule();
    del_timer(&timer);
    const long left = static_cast<long>(timer.expires - jiffies);
    return left > 0 ? left : 0;
}

timespec monotonic_time() {
    const ulong flags = local_irq_save();
    const ulong ticks = jiffies;
    const unsigned inside = pit_microseconds();
    local_irq_restore(flags);
    return {static_cast<long>(ticks / HZ),
            static_cast<long>(ticks % HZ) * NSEC_PER_TICK + static_cast<long>(inside) * NSEC_PER_USEC};
}

timespec wall_time() {
    timespec now = monotonic_time();
    now.tv_sec += boot_seconds;
    return now;
}

void time_init() {
    boot_seconds = rtc_read_seconds();
}
