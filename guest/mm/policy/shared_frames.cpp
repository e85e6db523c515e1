// SPDX-License-Identifier: GPL-2.0-or-later
// What the one counter of resident pages does not tell: which of them others hold, too.
#include "mm/internal.h"
#include "mm/policy/one_rss.h"

namespace {

/// page_table_lock held.
ulong shared_pages(vm_area_struct* vma) {
    ulong pages = 0;
    for (ulong address = vma->vm_start; address < vma->vm_end;) {
        const pte_t* pte = find_pte(vma->vm_mm, address);
        if (!pte) {
            address = (address & PGDIR_MASK) + PGDIR_SIZE;
            continue;
        }
        const page* p = pte_present(*pte) ? vm_normal_page(vma, *pte) : nullptr;
        if (p && page_count(p) > 1) pages++;
        address += PAGE_SIZE;
    }
    return pages;
}

}  // namespace

ulong one_rss::shared(mm_struct* mm) {
    spin_guard guard(&mm->page_table_lock);
    ulong pages = 0;
    for (vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next)
        pages += shared_pages(vma);
    return pages;
}
