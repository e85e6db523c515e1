// SPDX-License-Identifier: GPL-2.0-or-later
// Before private memory is mapped somebody looks whether there could be enough of it; nothing is promised, so
// nothing has to be given back (4.11b).
#include "kernel/errno.h"
#include "mm/filemap.h"
#include "mm/internal.h"
#include "mm/swap.h"

int vm_enough_memory(ulong pages) {
    return nr_free_pages() + nr_pagecache_pages() + nr_swap_pages > pages ? 0 : -ENOMEM;
}

void vm_unacct_memory(ulong) {}

ulong vm_committed_pages() {
    return 0;
}
