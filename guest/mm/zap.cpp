// SPDX-License-Identifier: GPL-2.0-or-later
// Taking pages out of an address space, and changing the rights of those that are in it.
#include "mm/internal.h"
#include "mm/swap.h"
#include "mm/writeback.h"

namespace {

void zap_pte(mmu_gather* tlb, const vm_area_struct* vma, pte_t* pte) {
    page* p = vm_normal_page(vma, *pte);
    const pte_t old = ptep_get_and_clear(pte);
    tlb->need_flush = true;
    if (!p) return;
    if (!PageAnon(p)) {
        if (pte_dirty(old)) set_page_dirty(p);
        if (pte_young(old)) mark_page_accessed(p);
    }
    rss_counters::sub(tlb->mm, p);
    reverse_map::remove(p);
    tlb_remove_page(tlb, p);
}

bool is_within(const zap_details* details, const vm_area_struct* vma, pgoff_t index) {
    return !(vma->vm_flags & VM_NONLINEAR) || (index >= details->first_index && index <= details->last_index);
}

/// Cutting a file's part off leaves alone what is not in memory, or not the file's, or another part of it.
bool zap_selects(const zap_details* details, const vm_area_struct* vma, pte_t pte) {
    if (!pte_present(pte)) return false;
    const page* p = vm_normal_page(vma, pte);
    if (!p) return true;
    if (details->check_mapping && p->mapping != details->check_mapping) return false;
    return PageAnon(p) || is_within(details, vma, p->index);
}

/// A nonlinear area goes on to show the same page of the file, should there be one again.
void zap_selected(mmu_gather* tlb, const vm_area_struct* vma, ulong address, pte_t* pte) {
    if (!zap_selects(tlb->details, vma, *pte)) return;
    const page* p = vm_normal_page(vma, *pte);
    const pgoff_t shown = linear_page_index(vma, address), index = p ? p->index : shown;
    zap_pte(tlb, vma, pte);
    if ((vma->vm_flags & VM_NONLINEAR) && index != shown) set_pte(pte, pgoff_to_pte(index));
}

void zap_range(mmu_gather* tlb, const vm_area_struct* vma, ulong start, ulong end) {
    for_each_page_table(tlb->mm, start, end, [&](pte_t* pte, ulong from, ulong to) {
        spin_guard guard(&tlb->mm->page_table_lock);
        for (; from < to; from += PAGE_SIZE, pte++) {
            if (pte_none(*pte)) continue;
            if (tlb->details) {
                zap_selected(tlb, vma, from, pte);
            } else if (pte_swap(*pte)) {
                free_swap_and_cache(pte_to_swp_entry(ptep_get_and_clear(pte)));
            } else if (pte_file(*pte)) {
                pte_clear(pte);
            } else {
                zap_pte(tlb, vma, pte);
            }
        }
    });
}

}  // namespace

page* vm_normal_page(const vm_area_struct* vma, pte_t pte) {
    if (raw_frames::is_raw(vma, pte)) return nullptr;
    BUG_ON(!pfn_valid(pte_pfn(pte)));
    return pfn_to_page(pte_pfn(pte));
}

ulong unmap_vmas(mmu_gather* tlb, vm_area_struct* vma, ulong start, ulong end) {
    const space_listeners::range told(tlb->mm, start, end);
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
    area_stats::before_rss_falls(mm);
    unmap_vmas(&tlb, vma, start, end);
    tlb_finish_mmu(&tlb);
}

void zap_page_range_details(vm_area_struct* vma, ulong start, ulong end, const zap_details* details) {
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, vma->vm_mm, false);
    if (details->check_mapping || (vma->vm_flags & VM_NONLINEAR)) tlb.details = details;
    area_stats::before_rss_falls(vma->vm_mm);
    const space_listeners::range told(vma->vm_mm, start, end);
    zap_range(&tlb, vma, start, end);
    tlb_finish_mmu(&tlb);
}

void unmap_region(mm_struct* mm, vm_area_struct* vma, vm_area_struct* prev, ulong start, ulong end) {
    const vm_area_struct* next = prev ? prev->vm_next : mm->mmap;
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, false);
    area_stats::before_rss_falls(mm);
    vm_unacct_memory(unmap_vmas(&tlb, vma, start, end));
    free_pgtables(&tlb, vma, prev ? prev->vm_end : 0, next ? next->vm_start : TASK_SIZE);
    tlb_finish_mmu(&tlb);
}

void change_protection(vm_area_struct* vma, ulong start, ulong end, pgprot_t newprot) {
    mm_struct* mm = vma->vm_mm;
    const space_listeners::range told(mm, start, end);
    for_each_page_table(mm, start, end, [&](pte_t* pte, ulong from, ulong to) {
        spin_guard guard(&mm->page_table_lock);
        for (; from < to; from += PAGE_SIZE, pte++) {
            if (pte_present(*pte)) set_pte(pte, pte_modify(ptep_get_and_clear(pte), newprot));
        }
    });
    flush_tlb_range(vma, start, end);
}
