// SPDX-License-Identifier: GPL-2.0-or-later
// The reader-writer semaphore and the mutex. Both hand themselves over: who releases gives the lock to the
// longest waiter, so nobody overtakes.
//
// rw_semaphore::count = active holders + RWSEM_WAITING_BIAS * (waiters + (1 if a writer holds)). Fast paths
// are one compare-and-exchange from a state without waiters; everything else happens under wait_lock. A
// waiter that has added its bias makes the count negative, and from then on every other comer is slow too.
#include "kernel/semaphore.h"

#include "kernel/printk.h"
#include "kernel/sched.h"

namespace {

constexpr long ACTIVE_MASK = 0xFFFF;
constexpr long RWSEM_ACTIVE_WRITE_BIAS = RWSEM_WAITING_BIAS + RWSEM_ACTIVE_BIAS;

enum class Wanted { Read, Write };

struct waiter {
    list_head list;
    task_struct* task;  // null once the lock has been handed over
    Wanted wanted;
};

long load(const rw_semaphore* sem) {
    return __atomic_load_n(&sem->count, __ATOMIC_RELAXED);
}
long add(rw_semaphore* sem, long delta) {
    return __atomic_add_fetch(&sem->count, delta, __ATOMIC_SEQ_CST);
}
bool exchange(rw_semaphore* sem, long from, long to) {
    return __atomic_compare_exchange_n(&sem->count, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/// One more reader, if nobody waits and no writer holds.
bool try_read(rw_semaphore* sem) {
    for (long seen = load(sem); seen >= 0; seen = load(sem)) {
        if (exchange(sem, seen, seen + RWSEM_ACTIVE_BIAS)) return true;
    }
    return false;
}

void might_sleep(const char* function) {
    if (in_atomic()) {
        panic("%s: %s (pid %d) may not sleep, preempt_count %x", function, current->comm, current->pid,
              current->preempt_count);
    }
}

/// Sleeps until `w` has been handed the lock. wait_lock is held on entry and released here.
void sleep_until_granted(spinlock_t* wait_lock, waiter* w) {
    current->state = TASK_UNINTERRUPTIBLE;
    spin_unlock(wait_lock);
    while (__atomic_load_n(&w->task, __ATOMIC_ACQUIRE)) {
        schedule();
        if (__atomic_load_n(&w->task, __ATOMIC_ACQUIRE)) current->state = TASK_UNINTERRUPTIBLE;
    }
    current->state = TASK_RUNNING;
}

void grant(waiter* w) {
    task_struct* task = w->task;
    list_del(&w->list);
    // From here on the waiter's stack frame may be gone.
    __atomic_store_n(&w->task, nullptr, __ATOMIC_RELEASE);
    wake_up_process(task);
}

waiter* first_waiter(rw_semaphore* sem) {
    return list_empty(&sem->wait_list) ? nullptr : list_entry(sem->wait_list.next, waiter, list);
}

/// All readers at the head of the queue become holders. wait_lock held.
void grant_readers_locked(rw_semaphore* sem) {
    for (waiter* w = first_waiter(sem); w && w->wanted == Wanted::Read; w = first_waiter(sem)) {
        add(sem, RWSEM_ACTIVE_BIAS - RWSEM_WAITING_BIAS);
        grant(w);
    }
}

/// If nobody holds the semaphore any more, the head of the queue does. wait_lock held.
void grant_next_locked(rw_semaphore* sem) {
    if (load(sem) & ACTIVE_MASK) return;
    waiter* w = first_waiter(sem);
    if (!w) return;
    if (w->wanted == Wanted::Read) {
        grant_readers_locked(sem);
        return;
    }
    add(sem, RWSEM_ACTIVE_BIAS);  // its waiting bias becomes the writer's
    sem->writer = w->task;
    grant(w);
}

void down_slowly(rw_semaphore* sem, Wanted wanted) {
    waiter w{.list = {}, .task = current, .wanted = wanted};
    spin_lock(&sem->wait_lock);
    list_add_tail(&w.list, &sem->wait_list);
    add(sem, RWSEM_WAITING_BIAS);
    grant_next_locked(sem);  // the last holder may have left before it could see this waiter
    sleep_until_granted(&sem->wait_lock, &w);
}

void up_slowly(rw_semaphore* sem, long bias) {
    spin_guard guard(&sem->wait_lock);
    add(sem, -bias);
    grant_next_locked(sem);
}

}  // namespace

void init_rwsem(rw_semaphore* sem) {
    *sem = {0, SPIN_LOCK_UNLOCKED, {}, nullptr, 0};
    INIT_LIST_HEAD(&sem->wait_list);
}

void down_read(rw_semaphore* sem) {
    might_sleep("down_read");
    if (!try_read(sem)) {
        if (sem->writer == current) panic("down_read: pid %d holds the semaphore for writing", current->pid);
        down_slowly(sem, Wanted::Read);
    }
    sem->acquisitions++;
}

bool down_read_trylock(rw_semaphore* sem) {
    if (!try_read(sem)) return false;
    sem->acquisitions++;
    return true;
}

void up_read(rw_semaphore* sem) {
    BUG_ON((load(sem) & ACTIVE_MASK) == 0 || sem->writer);
    for (long seen = load(sem); seen > 0; seen = load(sem)) {
        if (exchange(sem, seen, seen - RWSEM_ACTIVE_BIAS)) return;
    }
    up_slowly(sem, RWSEM_ACTIVE_BIAS);
}

void down_write(rw_semaphore* sem) {
    might_sleep("down_write");
    if (sem->writer == current) panic("down_write: pid %d holds the semaphore already", current->pid);
    if (!exchange(sem, 0, RWSEM_ACTIVE_WRITE_BIAS)) down_slowly(sem, Wanted::Write);
    sem->writer = current;
    sem->acquisitions++;
}

bool down_write_trylock(rw_semaphore* sem) {
    if (!exchange(sem, 0, RWSEM_ACTIVE_WRITE_BIAS)) return false;
    sem->writer = current;
    sem->acquisitions++;
    return true;
}

void up_write(rw_semaphore* sem) {
    assert_held_write(sem);
    sem->writer = nullptr;
    if (!exchange(sem, RWSEM_ACTIVE_WRITE_BIAS, 0)) up_slowly(sem, RWSEM_ACTIVE_WRITE_BIAS);
}

void downgrade_write(rw_semaphore* sem) {
    assert_held_write(sem);
    spin_guard guard(&sem->wait_lock);
    sem->writer = nullptr;
    add(sem, -RWSEM_WAITING_BIAS);  // one active holder remains, a reader now
    grant_readers_locked(sem);
}

void assert_held_write(const rw_semaphore* sem) {
    if (sem->writer != current) {
        panic("assert_held_write: pid %d does not hold the semaphore for writing, count %lx", current->pid,
              static_cast<ulong>(load(sem)));
    }
}

void assert_held(const rw_semaphore* sem) {
    if ((load(sem) & ACTIVE_MASK) == 0)
        panic("assert_held: nobody holds the semaphore, pid %d asks", current->pid);
}

void mutex_init(mutex* m) {
    *m = {SPIN_LOCK_UNLOCKED, nullptr, {}, 0};
    INIT_LIST_HEAD(&m->wait_list);
}

void mutex_lock(mutex* m) {
    might_sleep("mutex_lock");
    if (m->owner == current) panic("mutex_lock: pid %d holds the mutex already", current->pid);
    spin_lock(&m->wait_lock);
    m->acquisitions++;
    if (!m->owner) {
        m->owner = current;
        spin_unlock(&m->wait_lock);
        return;
    }
    waiter w{.list = {}, .task = current, .wanted = Wanted::Write};
    list_add_tail(&w.list, &m->wait_list);
    sleep_until_granted(&m->wait_lock, &w);
}

bool mutex_trylock(mutex* m) {
    spin_guard guard(&m->wait_lock);
    if (m->owner) return false;
    m->owner = current;
    m->acquisitions++;
    return true;
}

void mutex_unlock(mutex* m) {
    spin_guard guard(&m->wait_lock);
    if (m->owner != current) panic("mutex_unlock: pid %d does not hold the mutex", current->pid);
    if (list_empty(&m->wait_list)) {
        m->owner = nullptr;
        return;
    }
    waiter* next = list_entry(m->wait_list.next, waiter, list);
    m->owner = next->task;
    grant(next);
}
