// SPDX-License-Identifier: GPL-2.0-or-later
// A context of asynchronous input and output, as edition 2.6.28 has it (fs/aio.h).
#pragma once

#include "fs/aio_ring_info.h"
#include "kernel/wait.h"
#include "kernel/workqueue.h"
#include "lib/list.h"

struct mm_struct;

struct kioctx {
    atomic_t users;          // the list's, and one for each call and each request that has it
    bool dead;               // no new requests. ctx_lock
    bool running;            // the worker has or will have a look at run_list. ctx_lock
    mm_struct* mm;           // a reference in mm_count
    ulong user_id;           // the handle: the ring's user address
    hlist_node list;         // in mm->ioctx_list. mm->ioctx_lock
    wait_queue_head_t wait;  // for events and for the end of requests
    spinlock_t ctx_lock;
    unsigned reqs_active;   // requests that have no event yet. ctx_lock
    list_head active_reqs;  // of kiocb::ki_list: all of them. ctx_lock
    list_head run_list;     // of kiocb::ki_run_list: those that have not begun. ctx_lock
    unsigned max_reqs;
    aio_ring_info ring_info;
    work_struct work;  // begins what stands in run_list
};
