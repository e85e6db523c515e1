// SPDX-License-Identifier: GPL-2.0-or-later
// Taking pages out of an address space, and changing the rights of those that are in it.
#include "mm/internal.h"

namespace {

void zap_pte(mmu_gather* tlb, const vm_area_struct* vma, pte_t* pte) {
    mm_struct* mm = tlb->mm;
    page* p = vm_normal_page(vma, *pte);
    const pte_t old = ptep_get_and_clear(pte);
    tlb->need_flush = true;
    if (!p) return;
    if (PageAnon(p)) {
        mm->_anon_rss--;
    } else {
        if (pte_dirty(old)) set_bit(PG_dirty, &p->flags);
        mm->_file_rss--;
    }
    page_remove_rmap(p);
    tlb_remove_page(tlb, p);
}

void zap_range(mmu_gather* tlb, const vm_area_struct* vma, ulong start, ulong end) {
    for_each_page_table(tlb->mm, start, end, [&](pte_t* pte, ulong from, ulong to) {
        spin_guard guard(&tlb->mm->page_table_lock);
        for (; from < to; from += PAGE_SIZE, pte++) {
            if (pte_none(*pte)) continue;
            BUG_ON(!pte_present(*pte));  // nothing is ever swapped out
            zap_pte(tlb, vma, pte);
        }
    });
}

}  // namespace

page* vm_normal_page(const vm_area_struct* vma, pte_t pte) {
    if (pte_special(pte) || (vma->vm_flags & VM_PFNMAP)) return nullptr;
    BUG_ON(!pfn_valid(pte_pfn(pte)));
    return pfn_to_page(pte_pfn(pte));
}

ulong unmap_vmas(mmu_gather* tlb, vm_area_struct* vma, ulong start, ulong end) {
    ulong accounted = 0;
    for (; vma && vma->vm_start < end; vma = vma->vm_next) {
        const ulong from = max(vma->vm_start, start), to = min(vma->vm_end, end);
        if (from >= to) continue;
        if (vma->vm_flags & VM_ACCOUNT) accounted += (to - from) >> PAGE_SHIFT;
        zap_range(tlb, vma, from, to);
    }
    return accounted;
}

void zap_page_range(vm_area_struct* vma, ulong start, ulong end) {
    mm_struct* mm = vma->vm_mm;
    assert_held(&mm->mmap_sem);
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, false);
    update_hiwater_rss(mm);
    unmap_vmas(&tlb, vma, start, end);
    tlb_finish_mmu(&tlb);
}

void unmap_region(mm_struct* mm, vm_area_struct* vma, vm_area_struct* prev, ulong start, ulong end) {
    const vm_area_struct* next = prev ? prev->vm_next : mm->mmap;
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, false);
    update_hiwater_rss(mm);
    vm_unacct_memory(unmap_vmas(&tlb, vma, start, end));
    free_pgtables(&tlb, vma, prev ? prev->vm_end : 0, next ? next->vm_start : TASK_SIZE);
    tlb_finish_mmu(&tlb);
}

void change_protection(vm_area_struct* vma, ulong start, ulong end, pgprot_t newprot) {
    mm_struct* mm = vma->vm_mm;
    for_each_page_table(mm, start, end, [&](pte_t* pte, ulong from, ulong to) {
        spin_guard guard(&mm->page_table_lock);
        for (; from < to; from += PAGE_SIZE, pte++) {
            if (pte_present(*pte)) set_pte(pte, pte_modify(ptep_get_and_clear(pte), newprot));
        }
    });
    flush_tlb_range(vma, start, end);
}
