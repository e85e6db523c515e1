// SPDX-License-Identifier: GPL-2.0-or-later
// Boot-time check of locks, queues and the timer, with real threads that really contend.
#include "kernel/boot.h"

#include "drivers/pit.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/semaphore.h"
#include "kernel/time.h"
#include "kernel/wait.h"

namespace {

constexpr unsigned WORKERS = 4, ROUNDS = 25;

struct test_bench {
    spinlock_t lock;
    mutex sleeper;
    rw_semaphore sem;
    wait_queue_head_t gate;
    completion finished;
    bool open;
    unsigned counted, inside_mutex, readers, writers, most_readers;
    unsigned order[WORKERS], arrived;
};
test_bench bench;

void require(bool condition, const char* what) {
    if (!condition) panic("locks_selftest: %s", what);
}

void use_spinlock() {
    spin_guard guard(&bench.lock);
    const unsigned before = bench.counted;
    assert_spin_locked(&bench.lock);
    bench.counted = before + 1;
}

void use_mutex() {
    mutex_lock(&bench.sleeper);
    require(++bench.inside_mutex == 1, "two tasks inside the mutex");
    sys_sched_yield();
    require(--bench.inside_mutex == 0, "two tasks inside the mutex");
    mutex_unlock(&bench.sleeper);
}

void use_semaphore_as_reader() {
    down_read(&bench.sem);
    assert_held(&bench.sem);
    bench.readers++;
    bench.most_readers = max(bench.most_readers, bench.readers);
    require(bench.writers == 0, "a reader beside a writer");
    sys_sched_yield();
    bench.readers--;
    up_read(&bench.sem);
}

void use_semaphore_as_writer() {
    down_write(&bench.sem);
    assert_held_write(&bench.sem);
    bench.writers++;
    require(bench.writers == 1 && bench.readers == 0, "a writer beside somebody else");
    sys_sched_yield();
    bench.writers--;
    downgrade_write(&bench.sem);
    up_read(&bench.sem);
}

int worker(void* number) {
    wait_event(bench.gate, bench.open);
    bench.order[bench.arrived++] = reinterpret_cast<ulong>(number);
    for (unsigned round = 0; round < ROUNDS; round++) {
        use_spinlock();
        use_mutex();
        if (round % WORKERS == reinterpret_cast<ulong>(number))
            use_semaphore_as_writer();
        else
            use_semaphore_as_reader();
    }
    complete(&bench.finished);
    return 0;
}

void sleep_ticks(long ticks) {
    const ulong end = jiffies + static_cast<ulong>(ticks);
    current->state = TASK_UNINTERRUPTIBLE;
    const long left = schedule_timeout(ticks);
    if (left != 0 || time_after(end, jiffies)) panic("timer_selftest: woken %ld ticks early", left);
}

void check_results() {
    require(bench.counted == WORKERS * ROUNDS, "the spin lock lost an update");
    require(bench.most_readers > 1, "the semaphore never let two readers in");
    require(bench.sem.count == 0 && bench.sem.writer == nullptr, "the semaphore is not free in the end");
    require(bench.sleeper.owner == nullptr && bench.sleeper.acquisitions == WORKERS * ROUNDS,
            "the mutex is not free in the end");
    for (unsigned i = 0; i < WORKERS; i++)
        require(bench.order[i] == i, "the wait queue is not first come, first served");
    require(!spin_is_locked(&bench.lock) && bench.lock.acquisitions == WORKERS * ROUNDS,
            "the spin lock is not free");
    require(spin_trylock(&bench.lock) && !spin_trylock(&bench.lock), "spin_trylock does not tell");
    spin_unlock(&bench.lock);
    require(down_write_trylock(&bench.sem) && !down_read_trylock(&bench.sem), "the try forms do not tell");
    up_write(&bench.sem);
}

}  // namespace

void locks_selftest() {
    spin_lock_init(&bench.lock);
    mutex_init(&bench.sleeper);
    init_rwsem(&bench.sem);
    init_waitqueue_head(&bench.gate);
    init_completion(&bench.finished);
    for (ulong i = 0; i < WORKERS; i++) {
        require(kernel_thread(worker, reinterpret_cast<void*>(i), "locks_selftest") > 0, "no kernel thread");
    }
    sys_sched_yield();  // each worker reaches the gate and sleeps there, in the order of its start
    bench.open = true;
    wake_up_all(&bench.gate);
    for (unsigned i = 0; i < WORKERS; i++)
        wait_for_completion(&bench.finished);
    check_results();
}

void timer_selftest() {
    // Channel 2 of the timer chip counts four and a half ticks on its own. A host that stalls an emulated
    // machine can lose ticks, so one good measurement of several is enough; a wrong rate never gives one.
    constexpr unsigned ATTEMPTS = 8;
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        sleep_ticks(1);
        pit_start_one_shot(9, 2);
        sleep_ticks(4);
        if (pit_one_shot_is_over()) continue;
        sleep_ticks(1);
        if (pit_one_shot_is_over()) return;
    }
    panic("timer_selftest: the tick does not come %u times a second", HZ);
}
