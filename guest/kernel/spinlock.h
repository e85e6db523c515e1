// SPDX-License-Identifier: GPL-2.0-or-later
// Spin locks: ticket locks that know their owner. Holding one forbids preemption.
#pragma once

#include "lib/atomic.h"
#include "lib/types.h"

struct task_struct;

/// Free: next == serving. Taking a ticket raises `next`; releasing raises `serving`.
struct spinlock_t {
    u16 serving, next;
    task_struct* owner;     // who holds it; null when free. For assertions and for the decoder
    unsigned acquisitions;  // how often it was taken since boot
};
#define SPIN_LOCK_UNLOCKED \
    { 0, 0, nullptr, 0 }
inline void spin_lock_init(spinlock_t* lock) {
    *lock = SPIN_LOCK_UNLOCKED;
}

/// Panics if the caller holds it already (it would spin for ever).
void spin_lock(spinlock_t* lock);
/// Panics if the caller does not hold it.
void spin_unlock(spinlock_t* lock);
bool spin_trylock(spinlock_t* lock);
bool spin_is_locked(const spinlock_t* lock);
/// Also keeps interrupts off; the returned EFLAGS go to the unlock.
[[nodiscard]] ulong spin_lock_irqsave(spinlock_t* lock);
void spin_unlock_irqrestore(spinlock_t* lock, ulong flags);
/// Panics unless the running task (or interrupt) holds the lock.
void assert_spin_locked(const spinlock_t* lock);

/// Scope guards. They never cross a schedule().
struct spin_guard {
    explicit spin_guard(spinlock_t* l) : lock(l) { spin_lock(lock); }
    ~spin_guard() { spin_unlock(lock); }
    spin_guard(const spin_guard&) = delete;
    spinlock_t* lock;
};
struct spin_guard_irq {
    explicit spin_guard_irq(spinlock_t* l) : lock(l), flags(spin_lock_irqsave(l)) {}
    ~spin_guard_irq() { spin_unlock_irqrestore(lock, flags); }
    spin_guard_irq(const spin_guard_irq&) = delete;
    spinlock_t* lock;
    ulong flags;
};
