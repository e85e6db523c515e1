// SPDX-License-Identifier: GPL-2.0-or-later
// fork's page tables: the child maps the parent's frames, writable ones of private areas read-only on both
// sides (4.5).
#include "kernel/errno.h"
#include "mm/internal.h"
#include "mm/swap.h"

namespace {

bool is_cow_mapping(ulong vm_flags) {
    return (vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

/// False if the slot has as many users as can be counted.
bool copy_swap_pte(mm_struct* dst, mm_struct* src, pte_t* dst_pte, pte_t entry) {
    if (!swap_duplicate(pte_to_swp_entry(entry))) return false;
    mm_list::join_behind(dst, src);
    set_pte(dst_pte, entry);
    return true;
}

void copy_one_pte(mm_struct* dst, pte_t* dst_pte, pte_t* src_pte, const vm_area_struct* vma) {
    if (is_cow_mapping(vma->vm_flags)) set_pte(src_pte, pte_wrprotect(*src_pte));
    pte_t entry = *src_pte;
    if (vma->vm_flags & VM_SHARED) entry = pte_mkclean(entry);
    entry = pte_mkold(entry);
    if (page* p = vm_normal_page(vma, entry)) {
        get_page(p);
        reverse_map::dup(p);
        rss_counters::copied(dst, p);
    }
    set_pte(dst_pte, entry);
}

/// One page table's part [from, to). 0 or -ENOMEM.
int copy_pte_range(mm_struct* dst, mm_struct* src, const vm_area_struct* vma, ulong from, ulong to) {
    pte_t* src_pte = find_pte(src, from);
    if (!src_pte) return 0;
    pte_t* dst_pte = pte_alloc_map(dst, from);
    if (!dst_pte) return -ENOMEM;
    spin_guard dst_guard(&dst->page_table_lock);
    spin_guard src_guard(&src->page_table_lock);
    for (; from < to; from += PAGE_SIZE, src_pte++, dst_pte++) {
        if (pte_none(*src_pte)) continue;
        if (pte_file(*src_pte)) {
            set_pte(dst_pte, *src_pte);
        } else if (!pte_swap(*src_pte)) {
            copy_one_pte(dst, dst_pte, src_pte, vma);
        } else if (!copy_swap_pte(dst, src, dst_pte, *src_pte)) {
            return -ENOMEM;
        }
    }
    return 0;
}

int copy_entries(mm_struct* dst, mm_struct* src, const vm_area_struct* vma) {
    for (ulong from = vma->vm_start; from < vma->vm_end;) {
        const ulong to = min((from & PGDIR_MASK) + PGDIR_SIZE, vma->vm_end);
        if (const int error = copy_pte_range(dst, src, vma, from, to)) return error;
        from = to;
    }
    return 0;
}

}  // namespace

int copy_page_range(mm_struct* dst, mm_struct* src, vm_area_struct* vma) {
    if (!fork_rules::copies_entries(vma)) return 0;
    if (!is_cow_mapping(vma->vm_flags)) return copy_entries(dst, src, vma);
    const space_listeners::range told(src, vma->vm_start, vma->vm_end);  // the parent may not write any more
    return copy_entries(dst, src, vma);
}
