// SPDX-License-Identifier: GPL-2.0-or-later
// The swap cache: pages that have a slot, found by it. It is why a page that several spaces share is read
// once, and why a page that was not changed since it came back need not be written again.
//
// Entering and leaving change the page, the tree and the slot's count with preemption off, so that INV-28
// holds at every moment that another task can see.
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/swap.h"

namespace {

constexpr address_space_operations swap_aops = {};

struct preempt_guard {
    preempt_guard() { preempt_disable(); }
    ~preempt_guard() { preempt_enable(); }
    preempt_guard(const preempt_guard&) = delete;
};

/// The caller has counted the cache as a user of the slot. 0, -EEXIST or -ENOMEM.
int add_to_swap_cache(page* p, swp_entry_t entry) {
    BUG_ON(!PageLocked(p) || PageSwapCache(p));
    spin_guard guard(&swapper_space.tree_lock);
    if (const int error = page_tree_insert(&swapper_space.pages, entry.val, p)) return error;
    get_page(p);
    p->private_ = entry.val;
    set_bit(PG_swapcache, &p->flags);
    swapper_space.nrpages++;
    return 0;
}

/// tree_lock held.
void swap_cache_remove_locked(page* p) {
    BUG_ON(page_tree_delete(&swapper_space.pages, p->private_) != p);
    clear_bit(PG_swapcache, &p->flags);
    p->private_ = 0;
    swapper_space.nrpages--;
}

/// A page that is new in the cache, locked; null: out of memory, or another task was faster (`*again`), or
/// the slot is free.
page* new_cached_page(swp_entry_t entry, bool* again) {
    *again = false;
    page* p = alloc_page(GFP_USER);
    if (!p) return nullptr;
    set_bit(PG_locked, &p->flags);
    preempt_guard guard;
    int error = swap_duplicate(entry) ? 0 : -ENOENT;
    if (!error) {
        error = add_to_swap_cache(p, entry);
        if (error) swap_free(entry);
    }
    if (!error) return p;
    *again = error == -EEXIST;
    clear_bit(PG_locked, &p->flags);
    put_page(p);
    return nullptr;
}

}  // namespace

address_space swapper_space;

void swap_cache_init() {
    swapper_space = address_space{};
    spin_lock_init(&swapper_space.tree_lock);
    swapper_space.a_ops = &swap_aops;
}

bool add_to_swap(page* p) {
    BUG_ON(!PageLocked(p) || !PageAnon(p));
    preempt_guard guard;
    const swp_entry_t entry = get_swap_page();
    if (!entry.val) return false;
    if (add_to_swap_cache(p, entry)) {
        swap_free(entry);
        return false;
    }
    set_bit(PG_uptodate, &p->flags);
    set_bit(PG_dirty, &p->flags);
    return true;
}

void delete_from_swap_cache(page* p) {
    BUG_ON(!PageLocked(p) || !PageSwapCache(p));
    {
        preempt_guard guard;
        const swp_entry_t entry = page_swap_entry(p);
        {
            spin_guard tree(&swapper_space.tree_lock);
            swap_cache_remove_locked(p);
        }
        swap_free(entry);
    }
    put_page(p);
}

bool remove_unused_swap_page(page* p) {
    BUG_ON(!PageLocked(p) || !PageSwapCache(p));
    preempt_guard guard;
    if (page_count(p) != 2 || test_bit(PG_dirty, &p->flags)) return false;
    delete_from_swap_cache(p);
    return true;
}

bool remove_exclusive_swap_page(page* p) {
    BUG_ON(!PageLocked(p));
    if (!PageSwapCache(p)) return false;
    preempt_guard guard;
    if (page_count(p) != 2 || page_swapcount(p) != 0) return false;
    set_bit(PG_dirty, &p->flags);
    delete_from_swap_cache(p);
    return true;
}

void free_swap_cache(page* p) {
    if (!PageSwapCache(p) || !trylock_page(p)) return;
    {
        preempt_guard guard;
        // Whoever maps the page has use for it: it takes the slot along when it goes.
        if (PageSwapCache(p) && page_swapcount(p) == 0 && (page_mapcount(p) == 0 || vm_swap_full())) {
            set_bit(PG_dirty, &p->flags);
            delete_from_swap_cache(p);
        }
    }
    unlock_page(p);
}

page* lookup_swap_cache(swp_entry_t entry) {
    spin_guard guard(&swapper_space.tree_lock);
    page* p = page_tree_lookup(&swapper_space.pages, entry.val);
    if (p) get_page(p);
    return p;
}

page* read_swap_cache_async(swp_entry_t entry) {
    for (;;) {
        if (page* p = lookup_swap_cache(entry)) return p;
        bool again;
        page* p = new_cached_page(entry, &again);
        if (!p && !again) return nullptr;
        if (!p) continue;
        lru_cache_add_active(p);
        swap_readpage(p);  // a failure is told by PG_uptodate
        unlock_page(p);
        return p;
    }
}
