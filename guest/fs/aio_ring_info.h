// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel knows of the ring of events that a program shares with it.
#pragma once

#include "kernel/semaphore.h"

struct page;

constexpr unsigned AIO_RING_PAGES = 8;  // a larger ring has its list of pages elsewhere

/// The ring as the kernel sees it: the frames stay whatever the program does with its mapping.
struct aio_ring_info {
    ulong mmap_base, mmap_size;  // user address; bytes
    page** ring_pages;           // internal_pages, or from kmalloc
    page* internal_pages[AIO_RING_PAGES];
    unsigned nr_pages, nr;  // nr: places for events
    unsigned tail;          // the kernel's own, under kioctx::ctx_lock
    mutex lock;             // who takes events
};
