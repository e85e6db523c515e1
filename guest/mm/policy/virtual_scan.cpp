// SPDX-License-Identifier: GPL-2.0-or-later
// Taking pages out of spaces (4.21). In which order the spaces have their turn, and how many pages each
// gives, is scan_order's affair; here is what happens to one of them.
#include "mm/policy/virtual_scan.h"

#include "mm/internal.h"
#include "mm/swap.h"
#include "mm/writeback.h"

int mmlist_nr;
mm_struct* swap_mm = &init_mm;

namespace {

/// What stands in the entry instead of the locked page, or `entry` itself if the page has to stay: there is
/// no slot for it.
pte_t replacement(page* p, pte_t entry) {
    if (!PageAnon(p)) return {0};  // its file has it
    if (!PageSwapCache(p)) {
        if (!PageDirty(p)) return {0};  // it was never written to
        if (!add_to_swap(p)) return entry;
    }
    const swp_entry_t slot = page_swap_entry(p);
    const bool counted = swap_duplicate(slot);
    BUG_ON(!counted);  // the cache has the slot, so it exists
    return swp_entry_to_pte(slot);
}

/// The locked page leaves the entry. False: it has to stay.
bool take_out(vm_area_struct* vma, ulong address, pte_t* pte, page* p) {
    const pte_t old = ptep_get_and_clear(pte);
    flush_tlb_page(vma, address);
    if (pte_dirty(old)) set_page_dirty(p);
    const pte_t now = replacement(p, old);
    set_pte(pte, now);
    if (now.pte == old.pte) return false;
    rss_counters::sub(vma->vm_mm, p);
    reverse_map::remove(p);
    return true;
}

/// One entry. True if its page is out. page_table_lock held.
bool swap_out_entry(vm_area_struct* vma, ulong address, pte_t* pte) {
    page* p = pte_present(*pte) ? vm_normal_page(vma, *pte) : nullptr;
    if (!p || !p->mapping) return false;  // a driver's own page is not ours to take
    if ((vma->vm_flags & VM_LOCKED) || pte_young(*pte)) {
        set_pte(pte, pte_mkold(ptep_get_and_clear(pte)));
        flush_tlb_page(vma, address);
        mark_page_accessed(p);
        return false;
    }
    if (test_bit(PG_active, &p->flags) || !trylock_page(p)) return false;
    const bool out = take_out(vma, address, pte, p);
    unlock_page(p);
    if (out) put_page(p);
    return out;
}

/// Pages of one area from `address` on, until `*goal` are out.
void swap_out_area(vm_area_struct* vma, ulong address, ulong* goal) {
    mm_struct* mm = vma->vm_mm;
    if (vma->vm_flags & scan_order::passed_over) return;
    while (address < vma->vm_end && *goal) {
        pte_t* pte = find_pte(mm, address);
        if (!pte) {
            address = (address & PGDIR_MASK) + PGDIR_SIZE;
            continue;
        }
        mm->swap_address = address + PAGE_SIZE;
        if (swap_out_entry(vma, address, pte)) --*goal;
        address += PAGE_SIZE;
    }
}

}  // namespace

ulong swap_out_mm(mm_struct* mm, ulong goal) {
    spin_guard guard(&mm->page_table_lock);
    ulong address = mm->swap_address;
    vm_area_struct* vma = address < TASK_SIZE ? find_vma(mm, address) : nullptr;
    while (vma && goal) {
        swap_out_area(vma, max(address, vma->vm_start), &goal);
        if (!goal && mm->swap_address < vma->vm_end) return 0;  // the next scan goes on here
        vma = vma->vm_next;
        address = 0;
    }
    if (!vma) mm->swap_address = scan_order::finished;
    return goal;
}

void virtual_scan::before_lists(unsigned priority) {
    scan_order::scan(priority);
}
