// SPDX-License-Identifier: GPL-2.0-or-later
// What the files of guest/mm share among themselves. "Held" means: the caller holds mmap_sem for writing.
#pragma once

#include "mm/mm.h"
#include "mm/vma_slot.h"

constexpr int sysctl_max_map_count = 65536;

inline ulong vma_pages(const vm_area_struct* vma) {
    return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
/// Offset of a user page in its VMA's backing object, in pages.
inline pgoff_t linear_page_index(const vm_area_struct* vma, ulong address) {
    return ((address - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

// The set of VMAs (vma.cpp) ---------------------------------------------------------------------------
/// The first VMA that ends above `addr`, or null. If it contains `addr`, the slot is not set. Held.
vm_area_struct* find_vma_prepare(mm_struct* mm, ulong addr, vma_slot* slot);
void vma_link(mm_struct* mm, vm_area_struct* vma, const vma_slot& slot);    // counts it. Held
void __vma_link(mm_struct* mm, vm_area_struct* vma, const vma_slot& slot);  // list and tree only. Held
void __vma_unlink(mm_struct* mm, vm_area_struct* vma, vm_area_struct* prev);
/// The file's view of its mappings. VM_DENYWRITE takes the file's writers' place while the VMA exists
/// (INV-50). Nothing to do without a file. The first two need the lock of file_areas.
void __link_file_vma(vm_area_struct* vma);
void __unlink_file_vma(vm_area_struct* vma);
void unlink_file_vma(vm_area_struct* vma);
/// fork: `vma` is a copy of `parent` and is entered next to it.
void link_file_vma_copy(vm_area_struct* vma, vm_area_struct* parent);
/// Closes and frees a VMA that is in no list any more; returns the next one.
vm_area_struct* remove_vma(vm_area_struct* vma);

// Merging and splitting (vma_merge.cpp, vma_adjust.cpp). Held
// -------------------------------------------------------
/// Tries to cover [addr, end), which is to have these properties, by its neighbours. `prev`: the VMA before
/// addr, or the one that contains it. Returns the VMA that covers the range now, or null.
vm_area_struct* vma_merge(mm_struct* mm, vm_area_struct* prev, ulong addr, ulong end, ulong vm_flags,
                          reverse_map::origin origin, file* filp, pgoff_t pgoff);
/// Gives `vma` another range, in the list, the tree, the file's tree and the reverse map at once. What it
/// grows over is cut back or absorbed; what it gives up goes to `insert`, a part that is not linked yet, or
/// to the next VMA.
void vma_adjust(vm_area_struct* vma, ulong start, ulong end, pgoff_t pgoff, vm_area_struct* insert);
/// Cuts at `addr`; the new structure is the lower part if `new_below`, else the upper. 0 or -ENOMEM.
int split_vma(mm_struct* mm, vm_area_struct* vma, ulong addr, int new_below);
/// Makes the part [start, end) of `*pvma`, which is to get `newflags`, the whole of an area or a part of a
/// neighbour that has these flags; `*pvma` covers it afterwards. `prev` as in vma_merge. 0 or -ENOMEM
/// (vma_range.cpp).
int isolate_range(vm_area_struct** pvma, vm_area_struct* prev, ulong start, ulong end, ulong newflags,
                  range_change why);

// Accounting (accounting.cpp) ---------------------------------------------------------------------------
/// Commits `pages` of memory if that looks possible. 0 or -ENOMEM (nothing committed).
int vm_enough_memory(ulong pages);
void vm_unacct_memory(ulong pages);
/// `pages` more of address space, in a space that is held or not yet anybody's.
inline void grow_total_vm(mm_struct* mm, ulong pages) {
    mm->total_vm += pages;
    area_stats::after_vm_grew(mm);
}
/// The running task's limit, in the limit's unit.
ulong rlimit(unsigned resource);
/// 0, or -EAGAIN if `pages` more may not be locked.
int may_lock_pages(const mm_struct* mm, ulong pages);
bool can_do_mlock();

// Descriptors (mm.cpp, exit_mm.cpp, munmap.cpp, fork_mm.cpp)
// -----------------------------------------------------
/// Sets what a new descriptor does not inherit (4.1) and gives it a page directory and a copy of current's
/// LDT. False: out of memory.
bool mm_init(mm_struct* mm, task_struct* owner);
void exit_mmap(mm_struct* mm);
/// Mappings of [start, end) of areas taken out of the list: pages, then page tables. `prev`: the VMA before.
/// Held.
void unmap_region(mm_struct* mm, vm_area_struct* vma, vm_area_struct* prev, ulong start, ulong end);
/// Unmaps whatever lies in [addr, addr + len) and finds the place for a new VMA there. 0 or -ENOMEM. Held.
int munmap_back(mm_struct* mm, ulong addr, ulong len, vma_slot* slot);
/// do_mmap_pgoff's last step: current's [addr, addr + len) becomes an area with these flags, in place of what
/// is there. `flags` counts with MAP_NORESERVE, MAP_POPULATE and MAP_NONBLOCK. The address, or -errno with
/// what was there unmapped or not. Held for writing.
ulong mmap_region(file* filp, ulong addr, ulong len, ulong flags, ulong vm_flags, ulong pgoff);

/// A new area of one page at `addr`, which is free, that shows `shown`, a page of the kernel's (so much that
/// writing makes a copy). mmap_sem held for writing. 0 or -ENOMEM. special_mapping.cpp
int install_special_mapping(mm_struct* mm, ulong addr, ulong vm_flags, page* shown);

// Page tables (pgtable.cpp, zap.cpp, protect.cpp)
// ------------------------------------------------------------
void zero_page_init();
/// The entry of a user address, or null if there is no page table.
pte_t* find_pte(mm_struct* mm, ulong address);
/// The same, with a new page table if need be. Null: out of memory. page_table_lock not held.
pte_t* pte_alloc_map(mm_struct* mm, ulong address);

/// Calls visit(first entry, from, to) for each page table that exists in user [start, end).
template <class Visit>
void for_each_page_table(mm_struct* mm, ulong start, ulong end, Visit visit) {
    for (ulong from = start; from < end;) {
        const ulong to = min((from & PGDIR_MASK) + PGDIR_SIZE, end);
        const pgd_t entry = mm->pgd[pgd_index(from)];
        if (!pgd_none(entry)) visit(pgd_page_vaddr(entry) + pte_index(from), from, to);
        from = to;
    }
}

/// What of a range goes when a part of a file is cut off: only pages of `check_mapping` (null: private
/// copies, too), and in nonlinear areas only those whose page->index is within the limits.
struct zap_details {
    address_space* check_mapping;
    pgoff_t first_index, last_index;
};

/// What the processor has loaded (4.25). LAZY: for a kernel thread, which only borrows it.
enum { TLBSTATE_OK = 1, TLBSTATE_LAZY = 2 };
struct tlb_state {
    mm_struct* active_mm;
    int state;
    ulong cr3_loads;  // since boot: each empties the TLB
};
extern tlb_state cpu_tlbstate;

/// Frames and page tables on their way out: they are freed after the TLB has forgotten them.
struct mmu_gather {
    static constexpr unsigned kBatch = 64;
    mm_struct* mm;
    bool fullmm;      // the whole space ends
    bool need_flush;  // something was taken out since the last flush
    unsigned nr;
    const zap_details* details;  // null: everything goes
    page* pages[kBatch];
};
void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm, bool fullmm);
void tlb_remove_page(mmu_gather* tlb, page* p);
void tlb_finish_mmu(mmu_gather* tlb);

/// Takes the pages of [start, end) out, VMA by VMA. Returns the pages of VM_ACCOUNT areas in it.
ulong unmap_vmas(mmu_gather* tlb, vm_area_struct* vma, ulong start, ulong end);
/// Takes the pages of [start, end), which lies in `vma`, out; the area stays. mmap_sem held at least for
/// reading.
void zap_page_range(vm_area_struct* vma, ulong start, ulong end);
/// Takes the pages of [start, end) of one area out that `details` selects. i_mmap_lock held.
void zap_page_range_details(vm_area_struct* vma, ulong start, ulong end, const zap_details* details);
/// Frees the tables of the 4 MiB slots that [addr, end) touches and that lie wholly inside [floor, ceiling).
void free_pgd_range(mmu_gather* tlb, ulong addr, ulong end, ulong floor, ulong ceiling);
/// Unlinks a list of VMAs from their files and frees the page tables that no VMA uses: only whole 4 MiB slots
/// inside [floor, ceiling).
void free_pgtables(mmu_gather* tlb, vm_area_struct* vma, ulong floor, ulong ceiling);
/// The entry, which is empty, says which page of the file an area with VM_NONLINEAR is to show here. 0 or
/// -ENOMEM. fremap.cpp
int install_file_pte(vm_area_struct* vma, ulong address, pgoff_t pgoff);
/// Is the first write to each page of this area to fault, although it may be written: because the driver
/// wants to know, or because the page has to be written back? Its vm_page_prot is then the
/// private one (INV-22).
bool vma_wants_writenotify(const vm_area_struct* vma);
void change_protection(vm_area_struct* vma, ulong start, ulong end, pgprot_t newprot);
/// The frame that an entry counts, or null: the zero page and raw frames are counted nowhere.
page* vm_normal_page(const vm_area_struct* vma, pte_t pte);
/// The frame behind a user address, faulted in (for writing if `write`), with a reference; or
/// ERR_PTR(-EFAULT/-ENOMEM). The fault is counted for the running task. mmap_sem of `mm` held at least for
/// reading.
page* get_user_page(mm_struct* mm, ulong address, int write);

// Shared anonymous memory (shmem.cpp) ----------------------------------------------------------------------
/// Backs `vma` by a new file in memory. 0 or -ENOMEM.
int shmem_zero_setup(vm_area_struct* vma);
/// True for the file of such an area.
bool is_shmem_file(const file* filp);
/// Frees the pages [first, last] of such a file; everybody who maps it reads zeros there from now on.
void shmem_truncate_range(const file* filp, pgoff_t first, pgoff_t last);

// The debug build's own check (audit.cpp): panics with the first invariant that does not hold. Held, or no
// users left.
#ifdef CONFIG_DEBUG_VM
void validate_mm(mm_struct* mm);
/// exec is over: its heap and its stack are where it says (INV-17, 18; later the program may move them).
void validate_new_program(mm_struct* mm);
/// mmap or brk made private memory without a file at [start, start + len): no neighbour that it could have
/// been part of (INV-07). mmap_sem held for writing.
void validate_new_area(mm_struct* mm, ulong start, ulong len);
/// The last user is gone and everything is torn down; only the structure is left, for who holds a reference.
void validate_dead_mm(mm_struct* mm);
#else
inline void validate_mm(mm_struct*) {}
inline void validate_new_program(mm_struct*) {}
inline void validate_new_area(mm_struct*, ulong, ulong) {}
inline void validate_dead_mm(mm_struct*) {}
#endif
