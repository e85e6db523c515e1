// SPDX-License-Identifier: GPL-2.0-or-later
// The entry of the kernel's page of user code in the master page tables.
#include "mm/policy/vsyscall_page.h"

#include "kernel/printk.h"
#include "mm/internal.h"

/// The directory's entry lets user mode pass; so does this one page's, and no other of its table.
void vsyscall_page::boot() {
    vdso_init();
    if (!vdso_page) return;
    pgd_t* entry = &init_mm.pgd[pgd_index(ADDRESS)];
    if (pgd_none(*entry)) {
        const ulong table = get_zeroed_page(GFP_KERNEL);
        if (!table) panic("vsyscall_page: no memory");
        entry->pgd = __pa(reinterpret_cast<void*>(table)) | _KERNPG_TABLE;
    }
    entry->pgd |= _PAGE_USER;
    set_pte(pgd_page_vaddr(*entry) + pte_index(ADDRESS), pfn_pte(page_to_pfn(vdso_page), PAGE_READONLY));
}
