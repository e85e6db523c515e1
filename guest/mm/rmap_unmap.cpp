// SPDX-License-Identifier: GPL-2.0-or-later
// Taking a frame away from everybody who maps it (MM_FACTS 4.22): a file's page is found again by a fault, an
// anonymous page by the slot of a swap area that the entries name from now on.
#include "kernel/sched.h"
#include "mm/rmap_walk.h"
#include "mm/swap.h"
#include "mm/writeback.h"

namespace {

/// What stands in the page table instead of an anonymous page.
pte_t swapped_entry(mm_struct* mm, const page* p) {
    const swp_entry_t slot = page_swap_entry(p);
    const bool counted = swap_duplicate(slot);
    BUG_ON(!counted);  // the cache has the slot, so it exists
    mm_list::join(mm);
    return swp_entry_to_pte(slot);
}

/// What stands there instead of a file's page: nothing, unless the area alone would not tell which page it
/// was.
pte_t file_entry(const vm_area_struct* vma, const page* p, ulong address) {
    const bool linear = !(vma->vm_flags & VM_NONLINEAR) || p->index == linear_page_index(vma, address);
    return linear ? pte_t{0} : pgoff_to_pte(p->index);
}

/// Takes the page out of one entry. page_table_lock held.
void clear_entry(vm_area_struct* vma, page* p, ulong address, pte_t* pte) {
    mm_struct* mm = vma->vm_mm;
    assert_spin_locked(&mm->page_table_lock);
    const pte_t old = ptep_get_and_clear(pte);
    flush_tlb_page(vma, address);
    space_listeners::invalidate_page(mm, address);
    if (pte_dirty(old)) set_page_dirty(p);
    area_stats::before_rss_falls(mm);
    if (PageAnon(p)) {
        set_pte(pte, swapped_entry(mm, p));
    } else {
        set_pte(pte, file_entry(vma, p, address));
    }
    rss_counters::sub(mm, p);
    page_remove_rmap(p);
    put_page(p);
}

/// SWAP_AGAIN: the entry is gone, or has not been one.
int try_to_unmap_entry(vm_area_struct* vma, page* p, ulong address, pte_t* pte) {
    if (vma->vm_flags & VM_LOCKED) return SWAP_MLOCK;
    if (ptep_clear_flush_young(vma, address, pte)) return SWAP_FAIL;
    clear_entry(vma, p, address, pte);
    return SWAP_AGAIN;
}

int try_to_unmap_one(vm_area_struct* vma, page* p) {
    ulong address;
    pte_t* pte = page_check_address(p, vma, &address);
    if (!pte) return SWAP_AGAIN;
    const int result = try_to_unmap_entry(vma, p, address, pte);
    spin_unlock(&vma->vm_mm->page_table_lock);
    return result;
}

}  // namespace

int try_to_unmap(page* p) {
    BUG_ON(!PageLocked(p));
    if (PageAnon(p) && !PageSwapCache(p)) return SWAP_FAIL;  // its bytes would be lost
    int result = SWAP_AGAIN;
    for_each_area_of(p, [&](vm_area_struct* vma) {
        result = try_to_unmap_one(vma, p);
        return result == SWAP_AGAIN && page_mapped(p);
    });
    if (result == SWAP_AGAIN) {
        for_each_nonlinear_entry(p, [&](vm_area_struct* vma, pte_t* pte, ulong address) {
            if (result == SWAP_AGAIN) result = try_to_unmap_entry(vma, p, address, pte);
        });
    }
    return page_mapped(p) ? result : SWAP_SUCCESS;
}
