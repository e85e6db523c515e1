// SPDX-License-Identifier: GPL-2.0-or-later
// Looking at, and cleaning, all entries that map a frame (MM_FACTS 4.22).
#include "mm/rmap_walk.h"

#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/preempt.h"
#include "kernel/sched.h"
#include "mm/swap.h"

anon_vma* page_lock_anon_vma(const page* p) {
    preempt_disable();
    anon_vma* anon = page_mapped(p) && PageAnon(p) ? page_anon_vma(p) : nullptr;
    if (anon) spin_lock(&anon->lock);
    preempt_enable();
    return anon;
}

address_space* page_lock_i_mmap(const page* p) {
    preempt_disable();
    address_space* mapping = page_mapped(p) && !PageAnon(p) ? p->mapping : nullptr;
    if (mapping) spin_lock(&mapping->i_mmap_lock);
    preempt_enable();
    return mapping;
}

ulong vma_address(const vm_area_struct* vma, pgoff_t index) {
    const pgoff_t page_of_area = index - vma->vm_pgoff;  // huge if it lies before the area
    if (page_of_area >= vma_pages(vma)) return static_cast<ulong>(-EFAULT);
    return vma->vm_start + (page_of_area << PAGE_SHIFT);
}

ulong page_address_in_vma(const page* p, const vm_area_struct* vma) {
    const bool same_object = PageAnon(p) ? page_anon_vma(p) == vma->anon_vma
                                         : vma->vm_file && !(vma->vm_flags & VM_NONLINEAR) &&
                                               vma->vm_file->f_mapping == p->mapping;
    return same_object ? vma_address(vma, p->index) : static_cast<ulong>(-EFAULT);
}

pte_t* page_check_address(const page* p, vm_area_struct* vma, ulong* address) {
    *address = vma_address(vma, p->index);
    if (IS_ERR_VALUE(*address)) return nullptr;
    spin_lock(&vma->vm_mm->page_table_lock);
    pte_t* pte = find_pte(vma->vm_mm, *address);
    if (pte && pte_present(*pte) && pte_pfn(*pte) == page_to_pfn(p)) return pte;
    spin_unlock(&vma->vm_mm->page_table_lock);
    return nullptr;
}

// Was it used? --------------------------------------------------------------------------------------------

bool ptep_clear_flush_young(vm_area_struct* vma, ulong address, pte_t* pte) {
    assert_spin_locked(&vma->vm_mm->page_table_lock);
    const bool young_elsewhere = space_listeners::clear_flush_young(vma->vm_mm, address);
    if (!pte_young(*pte)) return young_elsewhere;
    set_pte(pte, pte_mkold(ptep_get_and_clear(pte)));
    flush_tlb_page(vma, address);  // or the processor would not mark the next use
    return true;
}

namespace {

/// A page that is locked in memory counts as used, and so do all pages of a space that waits for one of its
/// own and has the swap token for that.
bool page_referenced_one(vm_area_struct* vma, ulong address, pte_t* pte) {
    const mm_struct* mm = vma->vm_mm;
    bool used = ptep_clear_flush_young(vma, address, pte);
    if (vma->vm_flags & VM_LOCKED) used = true;
    if (mm != current->mm && swap_token::held_by(mm) && rwsem_is_locked(&mm->mmap_sem)) used = true;
    return used;
}

}  // namespace

int page_referenced(page* p) {
    int referenced = test_and_clear_bit(PG_referenced, &p->flags) ? 1 : 0;
    int entries = page_mapcount(p);
    for_each_area_of(p, [&](vm_area_struct* vma) {
        ulong address;
        pte_t* pte = page_check_address(p, vma, &address);
        if (!pte) return true;
        referenced += page_referenced_one(vma, address, pte);
        spin_unlock(&vma->vm_mm->page_table_lock);
        return --entries > 0;
    });
    return referenced;
}

// Before it is written back ---------------------------------------------------------------------------------

namespace {

/// The entry neither is dirty nor may become so without a fault. True if that was not so.
bool page_mkclean_one(vm_area_struct* vma, ulong address, pte_t* pte) {
    if (!pte_dirty(*pte) && !pte_write(*pte)) return false;
    set_pte(pte, pte_mkclean(pte_wrprotect(ptep_get_and_clear(pte))));
    flush_tlb_page(vma, address);
    space_listeners::invalidate_page(vma->vm_mm, address);
    return true;
}

}  // namespace

int page_mkclean(page* p) {
    BUG_ON(!PageLocked(p));
    int cleaned = 0;
    if (PageAnon(p)) return cleaned;
    for_each_area_of(p, [&](vm_area_struct* vma) {
        ulong address;
        pte_t* pte = vma->vm_flags & VM_SHARED ? page_check_address(p, vma, &address) : nullptr;
        if (!pte) return true;
        cleaned += page_mkclean_one(vma, address, pte);
        spin_unlock(&vma->vm_mm->page_table_lock);
        return true;
    });
    for_each_nonlinear_entry(p, [&](vm_area_struct* vma, pte_t* pte, ulong address) {
        cleaned += page_mkclean_one(vma, address, pte);
    });
    return cleaned;
}
