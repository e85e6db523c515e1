// SPDX-License-Identifier: GPL-2.0-or-later
// What the policies of 2.4 want of the rest of the kernel: nobody has an LDT, and nothing is swapped out.
#include "arch/ldt_buffer.h"
#include "fs/aio.h"
#include "kernel_services.h"
#include "mm/swap.h"
#include "mm/writeback.h"

void forget_segments(mm_struct* mm) {
    mm->context.segments = nullptr;
}
void copy_segments(mm_struct* mm, const mm_struct*) {
    forget_segments(mm);
}
void release_segments(mm_struct*) {}
void exit_aio(mm_struct*) {}

void free_pgd_range(mmu_gather*, ulong, ulong, ulong, ulong) {}
void flush_tlb_page(vm_area_struct*, ulong) {}

// Only the scan for pages to swap out and /proc call these, and nobody scans or asks.
pte_t* find_pte(mm_struct*, ulong) {
    return nullptr;
}
void unlock_page(page*) {
    BUG_ON(true);
}
bool add_to_swap(page*) {
    return false;
}
int set_page_dirty(page*) {
    return 0;
}
bool swap_duplicate(swp_entry_t) {
    return false;
}
