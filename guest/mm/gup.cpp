// SPDX-License-Identifier: GPL-2.0-or-later
// Faulting user pages in on behalf of the kernel.
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

/// The page that is mapped at `address` with the right that is asked for, with a reference; or null.
page* follow_page(const vm_area_struct* vma, ulong address, int write) {
    mm_struct* mm = vma->vm_mm;
    spin_guard guard(&mm->page_table_lock);
    const pte_t* pte = find_pte(mm, address);
    if (!pte || !(pte->pte & _PAGE_PRESENT) || (write && !pte_write(*pte))) return nullptr;
    page* p = is_zero_pfn(pte_pfn(*pte)) ? empty_zero_page_map : vm_normal_page(vma, *pte);
    if (p) get_page(p);
    return p;
}

bool may_access(const vm_area_struct* vma, int write) {
    return !(vma->vm_flags & (VM_IO | VM_PFNMAP)) && (vma->vm_flags & (write ? VM_WRITE : VM_READ));
}

}  // namespace

page* get_user_page(mm_struct* mm, ulong address, int write) {
    assert_held(&mm->mmap_sem);
    for (;;) {
        vm_area_struct* vma = find_extend_vma(mm, address);
        if (!vma || !may_access(vma, write)) return ERR_PTR<page>(-EFAULT);
        if (page* p = follow_page(vma, address, write)) return p;
        const int result = handle_mm_fault(mm, vma, address, write);
        if (fault_results::is_oom(result)) return ERR_PTR<page>(-ENOMEM);
        if (fault_results::is_sigbus(result)) return ERR_PTR<page>(-EFAULT);
        (fault_results::is_major(result) ? current->maj_flt : current->min_flt)++;
    }
}

int make_pages_present(ulong addr, ulong end) {
    mm_struct* mm = current->mm;
    for (addr &= PAGE_MASK; addr < end; addr += PAGE_SIZE) {
        const vm_area_struct* vma = find_vma(mm, addr);
        if (!vma) return -ENOMEM;
        page* p = get_user_page(mm, addr, (vma->vm_flags & VM_WRITE) != 0);
        if (IS_ERR(p)) return static_cast<int>(PTR_ERR(p));
        put_page(p);
    }
    return 0;
}
