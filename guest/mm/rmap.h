// SPDX-License-Identifier: GPL-2.0-or-later
// The reverse map: from a frame to the page-table entries that map it (MM_FACTS 4.22).
//
// A frame of anonymous memory names an anon_vma: page->mapping is its address + PAGE_MAPPING_ANON,
// page->index the page's linear index in the areas on the anon_vma's list. A frame of a file names the file's
// address_space, whose priority search tree has the areas. Either way the list of areas tells where the frame
// may be mapped; whether it is there, the page table says.
//
// Order of locks: mmap_sem, page lock, i_mmap_lock, anon_vma->lock, page_table_lock.
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"
#include "mm/reclaim.h"

/// The areas that may map the anonymous frames of one origin: an area, what was split off it, and their
/// copies in children. It exists as long as one of them does.
struct anon_vma {
    spinlock_t lock;
    list_head head;  // of vm_area_struct::anon_vma_node, never empty. lock
};

void anon_vma_init();

/// Gives `vma` an anon_vma: a neighbour's, if the two may be merged later, or a new one. Before the first
/// anonymous page is mapped in it; mmap_sem is held at least for reading. 0 or -ENOMEM.
int anon_vma_prepare(vm_area_struct* vma);
/// Enters an area that already names its anon_vma (if any) into its list. The first form takes the lock.
void anon_vma_link(vm_area_struct* vma);
void __anon_vma_link(vm_area_struct* vma);
/// `next` is absorbed by `vma`, which keeps their common anon_vma alive. Lock held.
void __anon_vma_merge(vm_area_struct* vma, vm_area_struct* next);
/// Takes the area out of the list; the last one frees the anon_vma. The area still names it.
void anon_vma_unlink(vm_area_struct* vma);

/// The anon_vma of an anonymous frame.
inline anon_vma* page_anon_vma(const page* p) {
    return reinterpret_cast<anon_vma*>(reinterpret_cast<ulong>(p->mapping) & ~PAGE_MAPPING_ANON);
}

// Counting the entries that map a frame. page_table_lock of the area's mm is held -------------------------
/// A new frame of anonymous memory, mapped for the first time.
void page_add_new_anon_rmap(page* p, const vm_area_struct* vma, ulong address);
/// One more entry for a frame of anonymous memory, new or not (swapped in). The page is locked if it is not
/// new.
void page_add_anon_rmap(page* p, const vm_area_struct* vma, ulong address);
void page_add_file_rmap(page* p);
/// fork: one more entry like one that exists.
void page_dup_rmap(page* p);
void page_remove_rmap(page* p);

// All entries of a frame: rmap_walk.cpp, rmap_unmap.cpp ---------------------------------------------------
/// The address of `p` in the area, if it shows that page of the object that `p` belongs to; or -EFAULT.
ulong page_address_in_vma(const page* p, const vm_area_struct* vma);
/// How often the page was found used since the last call: entries with the accessed bit (cleared here),
/// entries that must stay, and the page's own PG_referenced (cleared). The caller has a reference.
int page_referenced(page* p);

/// Clears all entries of a locked page that the caller has a reference to. Dirty bits move to the page. Those
/// of anonymous memory name the page's slot afterwards. SWAP_SUCCESS, or why an entry is left.
int try_to_unmap(page* p);
/// Write-back's beginning: entries of shared areas become clean and read-only, so that the next write is
/// seen. How many were dirty or writable. The page is locked.
int page_mkclean(page* p);
/// Clears the accessed bit; true if it was set. page_table_lock held.
bool ptep_clear_flush_young(vm_area_struct* vma, ulong address, pte_t* pte);
