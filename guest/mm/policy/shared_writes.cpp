// SPDX-License-Identifier: GPL-2.0-or-later
// Collecting dirty bits from entries.
#include "mm/policy/shared_writes.h"

#include "mm/internal.h"
#include "mm/swap.h"
#include "mm/writeback.h"

void writes_mark_entries::collect(vm_area_struct* vma, ulong start, ulong end) {
    mm_struct* mm = vma->vm_mm;
    assert_held(&mm->mmap_sem);
    if (!vma->vm_file || !(vma->vm_flags & VM_SHARED)) return;
    for_each_page_table(mm, start, end, [&](pte_t* pte, ulong from, ulong to) {
        spin_guard guard(&mm->page_table_lock);
        for (; from < to; from += PAGE_SIZE, pte++) {
            if (!pte_present(*pte) || !pte_dirty(*pte)) continue;
            page* p = vm_normal_page(vma, *pte);
            if (!p) continue;
            set_pte(pte, pte_mkclean(ptep_get_and_clear(pte)));
            set_page_dirty(p);
        }
    });
    flush_tlb_range(vma, start, end);
}
