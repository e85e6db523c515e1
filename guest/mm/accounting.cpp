// SPDX-License-Identifier: GPL-2.0-or-later
// What address spaces may take: resource limits, committed memory (4.11b, mode 0), and the split of total_vm
// by kind.
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/filemap.h"
#include "mm/internal.h"
#include "mm/swap.h"

namespace {

atomic_t vm_committed_space = ATOMIC_INIT(0);  // pages promised to VM_ACCOUNT areas

bool capable() {
    return current->euid == 0;
}

}  // namespace

ulong rlimit(unsigned resource) {
    return current->signal->rlim_cur[resource];
}

int may_expand_vm(mm_struct* mm, ulong npages) {
    return mm->total_vm + npages <= rlimit(RLIMIT_AS) >> PAGE_SHIFT;
}

bool can_do_mlock() {
    return capable() || rlimit(RLIMIT_MEMLOCK) != 0;
}

int may_lock_pages(const mm_struct* mm, ulong pages) {
    const bool fits = mm->locked_vm + pages <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
    return fits || capable() ? 0 : -EAGAIN;
}

int vm_enough_memory(ulong pages) {
    atomic_add(static_cast<int>(pages), &vm_committed_space);
    const auto for_caller = [](ulong frames) { return capable() ? frames : frames - frames / 32; };
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

pgprot_t vm_get_page_prot(ulong vm_flags) {
    // Index: SHARED EXEC WRITE READ (5.5). A private area never starts writable: its first write makes a
    // copy.
    static constexpr pgprot_t protection_map[16] = {
        PAGE_NONE,     PAGE_READONLY, PAGE_COPY,   PAGE_COPY,     PAGE_READONLY, PAGE_READONLY,
        PAGE_COPY,     PAGE_COPY,     PAGE_NONE,   PAGE_READONLY, PAGE_SHARED,   PAGE_SHARED,
        PAGE_READONLY, PAGE_READONLY, PAGE_SHARED, PAGE_SHARED,
    };
    return protection_map[vm_flags & (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)];
}
