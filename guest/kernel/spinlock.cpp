// SPDX-License-Identifier: GPL-2.0-or-later
// Ticket locks. Each keeps its owner, so that the mistakes with locks stop the kernel where they are made.
#include "kernel/spinlock.h"

#include "arch/processor.h"
#include "kernel/printk.h"
#include "kernel/sched.h"

namespace {

constexpr unsigned SPIN_LIMIT = 1u << 24;

/// There is one processor and the holder cannot be preempted, so a wait that lasts is a deadlock.
void wait_for_ticket(const spinlock_t* lock, u16 ticket) {
    for (unsigned i = 0; i < SPIN_LIMIT; i++) {
        if (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) == ticket) return;
        asm volatile("pause");
    }
    const task_struct* owner = lock->owner;
    panic("spin_lock: deadlock, the lock is held by pid %d", owner ? owner->pid : -1);
}

}  // namespace

void spin_lock(spinlock_t* lock) {
    preempt_disable();
    const u16 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
        if (lock->owner == current) panic("spin_lock: pid %d holds the lock already", current->pid);
        wait_for_ticket(lock, ticket);
    }
    lock->owner = current;
    lock->acquisitions++;
}

bool spin_trylock(spinlock_t* lock) {
    preempt_disable();
    u16 free = __atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE);
    if (!__atomic_compare_exchange_n(&lock->next, &free, static_cast<u16>(free + 1), false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED)) {
        preempt_enable();
        return false;
    }
    lock->owner = current;
    lock->acquisitions++;
    return true;
}

namespace {

void release(spinlock_t* lock) {
    if (lock->owner != current) {
        const task_struct* owner = lock->owner;
        if (!owner) panic("spin_unlock: the lock is free, pid %d releases it", current->pid);
        panic("spin_unlock: pid %d does not hold the lock, pid %d does", current->pid, owner->pid);
    }
    lock->owner = nullptr;
    __atomic_store_n(&lock->serving, static_cast<u16>(lock->serving + 1), __ATOMIC_RELEASE);
}

}  // namespace

void spin_unlock(spinlock_t* lock) {
    release(lock);
    preempt_enable();
}

bool spin_is_locked(const spinlock_t* lock) {
    return __atomic_load_n(&lock->serving, __ATOMIC_RELAXED) !=
           __atomic_load_n(&lock->next, __ATOMIC_RELAXED);
}

ulong spin_lock_irqsave(spinlock_t* lock) {
    const ulong flags = local_irq_save();
    spin_lock(lock);
    return flags;
}

void spin_unlock_irqrestore(spinlock_t* lock, ulong flags) {
    release(lock);
    local_irq_restore(flags);
    preempt_enable();
}

void assert_spin_locked(const spinlock_t* lock) {
    if (!spin_is_locked(lock) || lock->owner != current) {
        panic("assert_spin_locked: pid %d does not hold the lock", current->pid);
    }
}
