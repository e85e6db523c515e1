// SPDX-License-Identifier: GPL-2.0-or-later
// Page directories and page tables: making, finding and freeing them. And the page of zeros.
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/swap.h"

alignas(PAGE_SIZE) u8 empty_zero_page[PAGE_SIZE];
page* empty_zero_page_map;

namespace {

page* page_of_table(pgd_t entry) {
    return virt_to_page(pgd_page_vaddr(entry));
}

void free_pte_table(mmu_gather* tlb, pgd_t* entry) {
    mm_struct* mm = tlb->mm;
    spin_guard guard(&mm->page_table_lock);
    if (pgd_none(*entry)) return;
    page* table = page_of_table(*entry);
    entry->pgd = 0;
    page_tables::sub(mm);
    tlb_remove_page(tlb, table);
}

void flush_gathered(mmu_gather* tlb) {
    if (tlb->need_flush) flush_tlb_mm(tlb->mm);
    tlb->need_flush = false;
    for (unsigned i = 0; i < tlb->nr; i++) {
        free_swap_cache(tlb->pages[i]);
        put_page(tlb->pages[i]);
    }
    tlb->nr = 0;
}

}  // namespace

void zero_page_init() {
    empty_zero_page_map = virt_to_page(empty_zero_page);
    atomic_set(&empty_zero_page_map->_count, 1);  // the kernel's own: get_user_page may add to it
}

pgd_t* pgd_alloc(mm_struct*) {
    auto* pgd = reinterpret_cast<pgd_t*>(__get_free_pages(GFP_KERNEL, 0));
    if (!pgd) return nullptr;
    constexpr ulong kUser = USER_PTRS_PER_PGD * sizeof(pgd_t);
    memset(pgd, 0, kUser);
    memcpy(pgd + USER_PTRS_PER_PGD, swapper_pg_dir + USER_PTRS_PER_PGD, PAGE_SIZE - kUser);
    return pgd;
}

void pgd_free(mm_struct*, pgd_t* pgd) {
    free_page(reinterpret_cast<ulong>(pgd));
}

pte_t* find_pte(mm_struct* mm, ulong address) {
    const pgd_t entry = mm->pgd[pgd_index(address)];
    return pgd_none(entry) ? nullptr : pgd_page_vaddr(entry) + pte_index(address);
}

pte_t* pte_alloc_map(mm_struct* mm, ulong address) {
    if (pte_t* pte = find_pte(mm, address)) return pte;
    const ulong table = get_zeroed_page(GFP_KERNEL);
    if (!table) return nullptr;
    {
        spin_guard guard(&mm->page_table_lock);
        pgd_t* entry = &mm->pgd[pgd_index(address)];
        if (pgd_none(*entry)) {
            entry->pgd = __pa(reinterpret_cast<void*>(table)) | _PAGE_TABLE;
            page_tables::add(mm);
            return pgd_page_vaddr(*entry) + pte_index(address);
        }
    }
    free_page(table);  // another thread was faster
    return find_pte(mm, address);
}

void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm, bool fullmm) {
    tlb->mm = mm;
    tlb->fullmm = fullmm;
    tlb->need_flush = false;
    tlb->nr = 0;
    tlb->details = nullptr;
}

void tlb_remove_page(mmu_gather* tlb, page* p) {
    tlb->need_flush = true;
    tlb->pages[tlb->nr++] = p;
    if (tlb->nr == mmu_gather::kBatch) flush_gathered(tlb);
}

void tlb_finish_mmu(mmu_gather* tlb) {
    flush_gathered(tlb);
}

void free_pgd_range(mmu_gather* tlb, ulong addr, ulong end, ulong floor, ulong ceiling) {
    ulong first = addr & PGDIR_MASK;
    if (first < floor) first += PGDIR_SIZE;
    ulong last = (end + PGDIR_SIZE - 1) & PGDIR_MASK;
    if (last > ceiling) last -= PGDIR_SIZE;
    for (ulong slot = first; slot < last; slot += PGDIR_SIZE)
        free_pte_table(tlb, &tlb->mm->pgd[pgd_index(slot)]);
}

void free_pgtables(mmu_gather* tlb, vm_area_struct* vma, ulong floor, ulong ceiling) {
    for (; vma; vma = vma->vm_next) {
        const vm_area_struct* next = vma->vm_next;
        reverse_map::unlink(vma);
        unlink_file_vma(vma);
        free_pgd_range(tlb, vma->vm_start, vma->vm_end, floor, next ? next->vm_start : ceiling);
    }
}
