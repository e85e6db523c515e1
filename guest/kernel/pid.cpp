// SPDX-License-Identifier: GPL-2.0-or-later
// Process numbers: a bitmap that hands them out in a circle, and the hash that finds a task by its number.
#include "kernel/process.h"

#include "kernel/errno.h"

namespace {

constexpr pid_t RESERVED_PIDS = 300;  // after the first round small numbers stay with the early daemons
constexpr unsigned PIDS_PER_WORD = 32;
constexpr unsigned HASH_BUCKETS = 64;

spinlock_t pidmap_lock = SPIN_LOCK_UNLOCKED;
ulong pidmap[PID_MAX / PIDS_PER_WORD] = {1};  // pid 0 is the idle task's
pid_t last_pid;
hlist_head pid_hash[HASH_BUCKETS];

hlist_head* bucket(pid_t pid) {
    return &pid_hash[static_cast<unsigned>(pid) % HASH_BUCKETS];
}

/// The first free number in [from, end), or -1.
pid_t find_free(pid_t from, pid_t end) {
    for (pid_t pid = from; pid < end; pid++) {
        const ulong word = pidmap[static_cast<unsigned>(pid) / PIDS_PER_WORD];
        if (!(word >> (static_cast<unsigned>(pid) % PIDS_PER_WORD) & 1)) return pid;
    }
    return -1;
}

}  // namespace

unsigned nr_threads;

pid_t alloc_pid() {
    spin_guard guard(&pidmap_lock);
    pid_t pid = find_free(last_pid + 1, PID_MAX);
    if (pid < 0) pid = find_free(RESERVED_PIDS, last_pid + 1);
    if (pid < 0) return -EAGAIN;
    pidmap[static_cast<unsigned>(pid) / PIDS_PER_WORD] |= 1ul << (static_cast<unsigned>(pid) % PIDS_PER_WORD);
    last_pid = pid;
    return pid;
}

void free_pid(pid_t pid) {
    spin_guard guard(&pidmap_lock);
    pidmap[static_cast<unsigned>(pid) / PIDS_PER_WORD] &=
        ~(1ul << (static_cast<unsigned>(pid) % PIDS_PER_WORD));
}

void attach_pid(task_struct* task) {
    assert_spin_locked(&tasklist_lock);
    hlist_add_head(&task->pid_chain, bucket(task->pid));
}

void detach_pid(task_struct* task) {
    assert_spin_locked(&tasklist_lock);
    hlist_del(&task->pid_chain);
}

task_struct* find_task_by_pid(pid_t pid) {
    assert_spin_locked(&tasklist_lock);
    if (pid <= 0) return nullptr;
    for (hlist_node* at = bucket(pid)->first; at; at = at->next) {
        task_struct* task = list_entry(at, task_struct, pid_chain);
        if (task->pid == pid) return task;
    }
    return nullptr;
}
