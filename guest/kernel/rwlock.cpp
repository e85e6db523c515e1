// SPDX-License-Identifier: GPL-2.0-or-later
// See rwlock.h.
#include "kernel/rwlock.h"

#include "kernel/sched.h"

void read_lock(rwlock_t* lock) {
    preempt_disable();
    BUG_ON(lock->written);
    lock->readers++;
    lock->acquisitions++;
}

void read_unlock(rwlock_t* lock) {
    BUG_ON(!lock->readers);
    lock->readers--;
    preempt_enable();
}

void write_lock(rwlock_t* lock) {
    preempt_disable();
    BUG_ON(lock->written || lock->readers);
    lock->written = true;
    lock->acquisitions++;
}

void write_unlock(rwlock_t* lock) {
    BUG_ON(!lock->written);
    lock->written = false;
    preempt_enable();
}
