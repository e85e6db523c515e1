// SPDX-License-Identifier: GPL-2.0-or-later
// The end of an address space (4.4): first nobody finds its areas any more, then they go one by one, each
// with its pages, and the page tables at last. The descriptor may serve another program (exec).
#include "fs/fs.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

vm_area_struct* forget_areas(mm_struct* mm) {
    vm_area_struct* first = mm->mmap;
    spin_guard guard(&mm->page_table_lock);
    mm->mmap = mm->mmap_cache = nullptr;
    area_tree::init(mm);
    rss_counters::reset(mm);
    mm->total_vm = mm->locked_vm = 0;
    return first;
}

/// The area that nobody finds any more; its structure goes, too. The one behind it.
vm_area_struct* end_area(mmu_gather* tlb, vm_area_struct* vma) {
    vm_area_struct* next = vma->vm_next;
    vma->vm_next = nullptr;
    if (vma->vm_ops && vma->vm_ops->close) vma->vm_ops->close(vma);
    tlb->mm->map_count--;
    unlink_file_vma(vma);
    unmap_vmas(tlb, vma, vma->vm_start, vma->vm_end);
    if (vma->vm_file) fput(vma->vm_file);
    kmem_cache_free(vm_area_cachep, vma);
    return next;
}

}  // namespace

traced void exit_mmap(mm_struct* mm) {
    space_context::end(mm);
    vm_area_struct* vma = forget_areas(mm);
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, true);
    while (vma)
        vma = end_area(&tlb, vma);
    BUG_ON(mm->map_count != 0);
    free_pgd_range(&tlb, 0, TASK_SIZE, 0, TASK_SIZE);
    tlb_finish_mmu(&tlb);
}
