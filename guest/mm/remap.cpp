// SPDX-License-Identifier: GPL-2.0-or-later
// Mapping physical memory that has no frame's bookkeeping, as drivers do for their devices (4.9, VM_PFNMAP).
#include "kernel/errno.h"
#include "mm/internal.h"

namespace {

/// The entries of one page table.
int remap_pte_range(mm_struct* mm, ulong from, ulong to, ulong pfn, pgprot_t prot) {
    pte_t* pte = pte_alloc_map(mm, from);
    if (!pte) return -ENOMEM;
    spin_guard guard(&mm->page_table_lock);
    for (; from < to; from += PAGE_SIZE, pte++, pfn++) {
        BUG_ON(!pte_none(*pte));
        if (raw_frames::may_show(pfn)) set_pte(pte, raw_frames::mark(pfn_pte(pfn, prot)));
    }
    return 0;
}

}  // namespace

int remap_pfn_range(vm_area_struct* vma, ulong addr, ulong pfn, ulong size, pgprot_t prot) {
    assert_held_write(&vma->vm_mm->mmap_sem);
    // A private copy of such a page would need a frame, and the entry could not say which of both it names.
    if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE) return -EINVAL;
    vma->vm_flags |= VM_IO | VM_RESERVED | VM_PFNMAP;
    const ulong end = addr + PAGE_ALIGN(size);
    while (addr < end) {
        const ulong to = min((addr & PGDIR_MASK) + PGDIR_SIZE, end);
        if (const int error = remap_pte_range(vma->vm_mm, addr, to, pfn, prot)) return error;
        pfn += (to - addr) >> PAGE_SHIFT;
        addr = to;
    }
    return 0;
}
