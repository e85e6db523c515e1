// SPDX-License-Identifier: GPL-2.0-or-later
// Sleeping locks: the mutex and the reader-writer semaphore of the memory descriptor.
#pragma once

#include "kernel/spinlock.h"
#include "lib/list.h"

struct task_struct;

/// count: 0 free; low 16 bits the active holders; negative (bias -0x10000) a writer or waiters (MM_FACTS 1).
struct rw_semaphore {
    long count;
    spinlock_t wait_lock;
    list_head wait_list;
    task_struct* writer;    // who holds it for writing, for assertions and for the decoder
    unsigned acquisitions;  // how often it was taken, either way
};
constexpr long RWSEM_ACTIVE_BIAS = 1;
constexpr long RWSEM_WAITING_BIAS = -0x10000;
#define RWSEM_INITIALIZER(name) \
    { 0, SPIN_LOCK_UNLOCKED, LIST_HEAD_INIT((name).wait_list), nullptr, 0 }

void init_rwsem(rw_semaphore* sem);
/// All of these may sleep, except the try form (true: taken). First come, first served.
void down_read(rw_semaphore* sem);
bool down_read_trylock(rw_semaphore* sem);
void up_read(rw_semaphore* sem);
void down_write(rw_semaphore* sem);
bool down_write_trylock(rw_semaphore* sem);
void up_write(rw_semaphore* sem);
void downgrade_write(rw_semaphore* sem);
inline bool rwsem_is_locked(const rw_semaphore* sem) {
    return sem->count != 0;
}
/// Panic unless held for writing by the running task / held by anybody at all.
void assert_held_write(const rw_semaphore* sem);
void assert_held(const rw_semaphore* sem);

struct mutex {
    spinlock_t wait_lock;
    task_struct* owner;  // null when free
    list_head wait_list;
    unsigned acquisitions;
};
#define MUTEX_INITIALIZER(name) \
    { SPIN_LOCK_UNLOCKED, nullptr, LIST_HEAD_INIT((name).wait_list), 0 }

void mutex_init(mutex* m);
void mutex_lock(mutex* m);
bool mutex_trylock(mutex* m);
void mutex_unlock(mutex* m);

/// Scope guard. May sleep where it begins.
struct mutex_guard {
    explicit mutex_guard(mutex* m) : held(m) { mutex_lock(held); }
    ~mutex_guard() { mutex_unlock(held); }
    mutex_guard(const mutex_guard&) = delete;
    mutex* held;
};
