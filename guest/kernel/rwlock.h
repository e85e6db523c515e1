// SPDX-License-Identifier: GPL-2.0-or-later
// Reader-writer spin locks: many readers, or one writer. Holding one forbids preemption; with one processor
// whoever would have to spin would do so for ever, and panics.
#pragma once

#include "lib/types.h"

struct rwlock_t {
    unsigned readers;
    bool written;
    unsigned acquisitions;  // how often it was taken, either way
};
inline void rwlock_init(rwlock_t* lock) {
    *lock = {};
}
void read_lock(rwlock_t* lock);
void read_unlock(rwlock_t* lock);
void write_lock(rwlock_t* lock);
void write_unlock(rwlock_t* lock);

/// Scope guards. They never cross a schedule().
struct read_guard {
    explicit read_guard(rwlock_t* l) : lock(l) { read_lock(lock); }
    ~read_guard() { read_unlock(lock); }
    read_guard(const read_guard&) = delete;
    rwlock_t* lock;
};
struct write_guard {
    explicit write_guard(rwlock_t* l) : lock(l) { write_lock(lock); }
    ~write_guard() { write_unlock(lock); }
    write_guard(const write_guard&) = delete;
    rwlock_t* lock;
};
