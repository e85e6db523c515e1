// SPDX-License-Identifier: GPL-2.0-or-later
// From a frame to the areas that may map it, for the files rmap_*.cpp and unmap_mapping.cpp.
#pragma once

#include "mm/filemap.h"
#include "mm/internal.h"

/// The locked anon_vma or i_mmap_lock of a mapped frame; null, and nothing is locked, if nobody maps it.
/// Nobody can be between a frame's last unmapping and the end of its anon_vma (or file) while this looks:
/// there is one processor, and preemption is off.
anon_vma* page_lock_anon_vma(const page* p);
address_space* page_lock_i_mmap(const page* p);

/// The user address of page `index` of the object that the area shows, or -EFAULT if it does not show it.
ulong vma_address(const vm_area_struct* vma, pgoff_t index);
/// The area's entry that maps `p`, with page_table_lock held; null, and the lock is free, if none does.
pte_t* page_check_address(const page* p, vm_area_struct* vma, ulong* address);

/// Calls visit(vma) for each linear area that may map `p`, until it returns false. The list's lock is held.
template <class Visit>
void for_each_area_of(const page* p, Visit visit) {
    vm_area_struct* vma;
    if (PageAnon(p)) {
        anon_vma* anon = page_lock_anon_vma(p);
        if (!anon) return;
        list_for_each_entry(vma, &anon->head, anon_vma_node) {
            if (!visit(vma)) break;
        }
        spin_unlock(&anon->lock);
    } else if (address_space* mapping = page_lock_i_mmap(p)) {
        prio_tree_iter iter = prio_tree_range(&mapping->i_mmap, p->index, p->index);
        vma_prio_tree_foreach(vma, &iter) {
            if (!visit(vma)) break;
        }
        spin_unlock(&mapping->i_mmap_lock);
    }
}

/// Calls visit(vma, entry, address) for each entry of nonlinear areas that maps `p`. Where in such an area a
/// page is, only its page tables know: all of them are looked at. i_mmap_lock and page_table_lock are held.
template <class Visit>
void for_each_nonlinear_entry(const page* p, Visit visit) {
    address_space* mapping = PageAnon(p) ? nullptr : page_lock_i_mmap(p);
    if (!mapping) return;
    vm_area_struct* vma;
    list_for_each_entry(vma, &mapping->i_mmap_nonlinear, shared.vm_set.list) {
        mm_struct* mm = vma->vm_mm;
        for_each_page_table(mm, vma->vm_start, vma->vm_end, [&](pte_t* pte, ulong from, ulong to) {
            spin_guard guard(&mm->page_table_lock);
            for (; from < to; from += PAGE_SIZE, pte++) {
                if (pte_present(*pte) && pte_pfn(*pte) == page_to_pfn(p)) visit(vma, pte, from);
            }
        });
    }
    spin_unlock(&mapping->i_mmap_lock);
}
