// SPDX-License-Identifier: GPL-2.0-or-later
// The end of an address space (4.4): all pages and page tables at once, then the areas.
#include "mm/internal.h"

traced void exit_mmap(mm_struct* mm) {
    space_listeners::release(mm);
    vm_area_struct* vma = mm->mmap;
    if (!vma) return dead_space::clear(mm);
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, true);
    vm_unacct_memory(unmap_vmas(&tlb, vma, 0, TASK_SIZE));
    free_pgtables(&tlb, vma, 0, TASK_SIZE);
    tlb_finish_mmu(&tlb);
    BUG_ON(page_tables::count(mm) != 0 || get_mm_rss(mm) != 0);
    dead_space::clear(mm);
    while (vma)
        vma = remove_vma(vma);
}
