// SPDX-License-Identifier: GPL-2.0-or-later
// Memory is promised to areas with VM_ACCOUNT, as long as that looks possible (4.11b, mode 0), until they
// end.
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/filemap.h"
#include "mm/internal.h"
#include "mm/swap.h"

namespace {

atomic_t vm_committed_space = ATOMIC_INIT(0);  // pages promised to VM_ACCOUNT areas

}  // namespace

int vm_enough_memory(ulong pages) {
    atomic_add(static_cast<int>(pages), &vm_committed_space);
    const bool superuser = current->euid == 0;
    const auto for_caller = [superuser](ulong frames) { return superuser ? frames : frames - frames / 32; };
    const ulong reclaimable = for_caller(nr_pagecache_pages()) + nr_swap_pages;
    if (reclaimable > pages) return 0;
    if (reclaimable + for_caller(nr_free_pages()) > pages) return 0;
    vm_unacct_memory(pages);
    return -ENOMEM;
}

void vm_unacct_memory(ulong pages) {
    atomic_sub(static_cast<int>(pages), &vm_committed_space);
}

ulong vm_committed_pages() {
    return static_cast<ulong>(atomic_read(&vm_committed_space));
}
