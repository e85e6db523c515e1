// SPDX-License-Identifier: GPL-2.0-or-later
// A fault at an entry that names a slot: the page comes back (4.20).
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/swap.h"

namespace {

bool unchanged(const swap_fault& f) {
    return f.pte->pte == f.seen.pte;
}

/// The page of the entry with a reference, or null. `result`: VM_FAULT_MAJOR if it had to be read.
page* bring_in(const swap_fault& f, int* result) {
    const swp_entry_t entry = pte_to_swp_entry(f.seen);
    *result = VM_FAULT_MINOR;
    if (page* p = lookup_swap_cache(entry)) {
        vm_stat.swap_cache_hits++;
        return p;
    }
    swap_token::grab();
    page* p = read_swap_cache_async(entry);
    if (p) {
        *result = fault_rules::swap_in;
        vm_stat.pgmajfault++;
    }
    return p;
}

/// The entry's new value; it may be written at once if nobody else sees the page.
pte_t entry_for(const swap_fault& f, const page* p, bool writable) {
    const pte_t entry = pfn_pte(page_to_pfn(p), f.vma->vm_page_prot);
    return writable ? pte_mkwrite(pte_mkdirty(entry)) : entry;
}

/// Maps the locked page in the entry's place and gives the entry's use of the slot up. True if the page may
/// be written. page_table_lock held.
bool map_page(const swap_fault& f, page* p) {
    const bool writable = f.write && (f.vma->vm_flags & VM_WRITE) && page_mapcount(p) == 0 &&
                          page_swapcount(p) == 1;  // this entry's
    reverse_map::add_anon(p, f.vma, f.address);
    rss_counters::add(f.mm, p);
    set_pte(f.pte, entry_for(f, p, writable));
    swap_free(pte_to_swp_entry(f.seen));
    return writable;
}

/// `p` is locked and referenced. VM_FAULT_*; `*mapped` tells whether the reference is the entry's now.
int map_if_wanted(const swap_fault& f, page* p, bool* mapped) {
    spin_guard guard(&f.mm->page_table_lock);
    if (!unchanged(f)) return VM_FAULT_MINOR;
    if (!PageSwapCache(p) || page_swap_entry(p).val != pte_to_swp_entry(f.seen).val) {
        return VM_FAULT_MINOR;  // it has left the cache while we waited for it: the access is tried again
    }
    if (!PageUptodate(p)) return VM_FAULT_SIGBUS;
    *mapped = true;
    return map_page(f, p) ? VM_FAULT_WRITE : VM_FAULT_MINOR;
}

}  // namespace

int do_swap_page(const swap_fault& f) {
    int result;
    page* p = bring_in(f, &result);
    if (!p) {
        spin_guard guard(&f.mm->page_table_lock);
        return unchanged(f) ? VM_FAULT_OOM : VM_FAULT_MINOR;
    }
    mark_page_accessed(p);
    lock_page(p);
    bool mapped = false;
    result |= map_if_wanted(f, p, &mapped);
    // The slot is worth keeping for a page that may go out again unchanged, unless slots are scarce.
    if (mapped && (vm_swap_full() || (f.vma->vm_flags & VM_LOCKED))) remove_exclusive_swap_page(p);
    unlock_page(p);
    if (!mapped) put_page(p);
    return result;
}

bool can_share_swap_page(const page* p) {
    BUG_ON(!in_atomic());
    return page_mapcount(p) == 1 && (!PageSwapCache(p) || page_swapcount(p) == 0);
}
