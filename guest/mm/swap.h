// SPDX-License-Identifier: GPL-2.0-or-later
// Swapping: slots of swap areas, pages on their way to and from them, the order in which pages are given up,
// and who does it when memory is short (MM_FACTS 4.12, 4.20, 4.22, 4.23, 5.6).
//
// Order of locks: page lock, page_table_lock, swap_lock, swapper_space.tree_lock; lru_lock and mmlist_lock
// nest in any of them and take none.
#pragma once

#include "mm/filemap.h"
#include "mm/gfp.h"
#include "mm/mm_types.h"

struct seq_file;

// Entries ------------------------------------------------------------------------------------------------
/// A slot as the kernel names it: the area's number in the top 5 bits, the slot below. Never 0.
struct swp_entry_t {
    ulong val;
};
constexpr unsigned SWP_TYPE_SHIFT = 27;
constexpr ulong SWP_OFFSET_MAX = (1ul << 24) - 1;  // what an entry of a page table can hold

constexpr swp_entry_t swp_entry(unsigned type, ulong offset) {
    return {static_cast<ulong>(type) << SWP_TYPE_SHIFT | offset};
}
constexpr unsigned swp_type(swp_entry_t entry) {
    return static_cast<unsigned>(entry.val >> SWP_TYPE_SHIFT);
}
constexpr ulong swp_offset(swp_entry_t entry) {
    return entry.val & ((1ul << SWP_TYPE_SHIFT) - 1);
}
/// The same in a page table: bits 0, 6 and 7 clear, the type in bits 1 to 5, the slot from bit 8 on.
constexpr pte_t swp_entry_to_pte(swp_entry_t entry) {
    return {static_cast<ulong>(swp_type(entry)) << 1 | swp_offset(entry) << 8};
}
constexpr swp_entry_t pte_to_swp_entry(pte_t pte) {
    return swp_entry(static_cast<unsigned>(pte.pte >> 1 & 0x1F), pte.pte >> 8);
}
/// True if the page-table entry names a slot.
inline bool pte_swap(pte_t pte) {
    return !pte_none(pte) && !pte_present(pte) && !(pte.pte & _PAGE_FILE);
}

// Areas and their slots: swapfile.cpp ----------------------------------------------------------------------
extern ulong nr_swap_pages;     // free slots of areas in use for writing
extern ulong total_swap_pages;  // their slots

/// A slot with one user, for the caller. val 0: no area has one.
swp_entry_t get_swap_page();
/// One user more. False if the slot has none (any more) or too many.
bool swap_duplicate(swp_entry_t entry);
/// One user less.
void swap_free(swp_entry_t entry);
/// The same for a page-table entry that is gone; a cached page that nobody else wants leaves the cache, too.
void free_swap_and_cache(swp_entry_t entry);
/// Users of the slot beside the cache: page-table entries that name it. The page is in the swap cache.
unsigned page_swapcount(const page* p);
/// True if more than half of the swap space is in use: then slots are given up as soon as pages are back.
bool vm_swap_full();
/// Transfers the page of a slot, which the caller keeps locked. 0 or -EIO.
int swap_readpage(page* p);
int swap_writepage(page* p);
/// Moves every page of the area `type` back to memory. 0 or -errno. try_to_unuse.cpp; takes mmap_sems.
int try_to_unuse(unsigned type);
/// Counts what page tables and cache use of each slot and compares (INV-28). The number of slots that do not
/// agree, each told by printk; or -ENOMEM.
long check_swap_maps();
/// Users of a slot of the area `type`, or -1 if there is no such area.
int swap_users(unsigned type, ulong slot);
ulong swap_area_slots(unsigned type);   // 0: there is no such area
ulong swap_area_in_use(unsigned type);  // slots with users

long sys_swapon(const char* path, int flags);
long sys_swapoff(const char* path);
int proc_swaps(seq_file* m, void*);      // /proc/swaps
int proc_swapcheck(seq_file* m, void*);  // /proc/swapcheck: check_swap_maps

// The swap cache: swap_state.cpp ---------------------------------------------------------------------------
/// Pages that have a slot, by swp_entry_t::val: page->private_ is the entry, PG_swapcache is set.
extern address_space swapper_space;
inline bool PageSwapCache(const page* p) {
    return test_bit(PG_swapcache, &p->flags);
}
inline swp_entry_t page_swap_entry(const page* p) {
    return {p->private_};
}
/// Gives a locked anonymous page a slot and enters it, dirty. False: no slot or no memory.
bool add_to_swap(page* p);
/// Takes a locked page out and gives its slot back; the cache's reference goes with it.
void delete_from_swap_cache(page* p);
/// Reclaim's form: only if nobody but the caller and the cache has a reference and the page is clean.
bool remove_unused_swap_page(page* p);
/// Does so if no page-table entry names the slot and nobody but the caller and the cache has a reference;
/// the page is dirty afterwards. Locked.
bool remove_exclusive_swap_page(page* p);
/// Before a page-table entry's reference is given up: takes the page out of the cache if that was the last
/// interest in it. Does not sleep.
void free_swap_cache(page* p);
/// The page of a slot with a reference, or null.
page* lookup_swap_cache(swp_entry_t entry);
/// The same, read if need be (then it has been asked for when this returns, and PG_uptodate says whether that
/// went well). Null: the slot has no user any more, or no memory.
page* read_swap_cache_async(swp_entry_t entry);
void swap_cache_init();
void swap_init();  // at boot, after the page cache

// Faults: swap_fault.cpp
// -------------------------------------------------------------------------------------
/// A fault at an entry that names a slot.
struct swap_fault {
    mm_struct* mm;
    vm_area_struct* vma;
    ulong address;  // of the page
    pte_t* pte;
    pte_t seen;  // the entry when it was looked at
    bool write;
};
/// VM_FAULT_*: MAJOR if the page was read, WRITE if it was mapped writable, SIGBUS if it cannot be read, OOM.
/// mmap_sem is held at least for reading.
int do_swap_page(const swap_fault& fault);
/// True if the writer is the only one who can see this anonymous page, in memory or by its slot.
/// page_table_lock held.
bool can_share_swap_page(const page* p);

// The order of pages: lru.cpp
// --------------------------------------------------------------------------------
/// A new page joins the inactive / the active list. Any context.
void lru_cache_add(page* p);
void lru_cache_add_active(page* p);
/// The last reference is gone: the page leaves its list.
void lru_del(page* p);
void activate_page(page* p);
/// The page was used: inactive unreferenced -> inactive referenced -> active.
void mark_page_accessed(page* p);
/// Takes up to `nr` pages from the cold end of a list, each with a reference and in no list, to `taken`.
/// `scanned`: pages looked at.
ulong isolate_lru_pages(list_head* from, ulong nr, list_head* taken, ulong* scanned);
/// Puts a page back by its PG_active; the caller still has its reference.
void putback_lru_page(page* p);
void lru_init();

// Giving pages up: vmscan.cpp, kswapd.cpp, oom_kill.cpp
// ------------------------------------------------------
/// Frees frames for a caller that may sleep. How many.
ulong try_to_free_pages(gfp_t gfp, unsigned order);
/// One round over the zone, thorough as `priority` is low: 1/2^priority of the lists. Frames freed.
ulong shrink_zone(unsigned priority, gfp_t gfp);
constexpr unsigned DEF_PRIORITY = 12;
/// Starts the thread that keeps memory free, and sets the watermarks. Task context, at boot.
void kswapd_init();
void wakeup_kswapd();
/// No memory for current and nothing to reclaim: ends the process that is the best to end. False: there is
/// none.
bool out_of_memory(gfp_t gfp, unsigned order);
