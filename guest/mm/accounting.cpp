// SPDX-License-Identifier: GPL-2.0-or-later
// What address spaces may take: resource limits.
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

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
    return lock_rules::may_lock(capable(), rlimit(RLIMIT_MEMLOCK));
}

int may_lock_pages(const mm_struct* mm, ulong pages) {
    const ulong locked = mm->locked_vm + pages;
    if (locked > lock_rules::most_pages()) return -EAGAIN;
    if (locked <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT) return 0;
    return capable() && !lock_rules::limit_for_superuser ? 0 : -EAGAIN;
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
