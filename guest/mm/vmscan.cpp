// SPDX-License-Identifier: GPL-2.0-or-later
// Reclaim: takes pages from the cold end of the inactive list, unmaps them everywhere, writes what is dirty,
// and frees what nobody refers to.
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/writeback.h"

namespace {

constexpr ulong SWAP_CLUSTER_MAX = 32;  // pages taken from a list at a time, and the goal of a direct reclaim

/// What becomes of a page that reclaim has looked at.
enum class fate { keep, activate, freed };

bool is_file_page(const page* p) {
    return p->mapping && !PageAnon(p);
}

/// Without a free slot there is nowhere to put a page that only page tables know: to look at it is in vain.
bool has_nowhere_to_go(const page* p) {
    return PageAnon(p) && !PageSwapCache(p) && nr_swap_pages == 0;
}

// Writing ------------------------------------------------------------------------------------------------

enum class written { clean, failed, busy };

/// Writes a dirty, unmapped page to where it belongs. A file's page is unlocked by that.
written pageout(page* p, gfp_t gfp, bool* locked) {
    if (PageSwapCache(p)) {
        if (!(gfp & __GFP_IO)) return written::busy;
        return swap_writepage(p) ? written::failed : written::clean;
    }
    // A file system may need what the caller of alloc_pages holds: only the thread whose task it is writes.
    const address_space* mapping = p->mapping;
    if (!(current->flags & PF_KSWAPD) || !mapping_cap_writeback_dirty(mapping)) return written::busy;
    if (!clear_page_dirty_for_io(p)) return written::busy;
    *locked = false;
    return mapping->a_ops->writepage(p) ? written::failed : written::busy;
}

// One page -----------------------------------------------------------------------------------------------

/// The page is unmapped and clean: it leaves its cache if only the cache and the caller refer to it.
bool remove_mapping(page* p) {
    if (PageSwapCache(p)) return remove_unused_swap_page(p);
    return is_file_page(p) && remove_unused_file_page(p);
}

/// Nobody may find the page through a page table after this. fate::freed: so it is.
fate unmap(page* p) {
    switch (reverse_map::unmap(p)) {
        case SWAP_SUCCESS:
            return fate::freed;
        case SWAP_AGAIN:
            return fate::keep;
        default:
            return fate::activate;
    }
}

/// An isolated, locked page. `*locked` is false afterwards if it was unlocked on the way.
fate shrink_page(page* p, gfp_t gfp, bool* locked) {
    if (test_bit(PG_writeback, &p->flags)) return fate::keep;
    if (has_nowhere_to_go(p)) return fate::activate;
    if (!reverse_map::leads_to_entries && reverse_map::mapped(p)) return fate::keep;
    const bool referenced = reverse_map::referenced(p);
    if (referenced && reverse_map::mapped(p)) return fate::activate;
    if (PageAnon(p) && !PageSwapCache(p)) {
        if (!reverse_map::mapped(p)) return fate::keep;  // its owner is just giving it up
        if (!(gfp & __GFP_IO) || !add_to_swap(p)) return fate::activate;
    }
    if (reverse_map::mapped(p)) {
        const fate now = unmap(p);
        if (now != fate::freed) return now;
    }
    if (test_bit(PG_dirty, &p->flags)) {
        if (referenced && is_file_page(p)) return fate::keep;
        const written how = pageout(p, gfp, locked);
        if (how != written::clean) return how == written::failed ? fate::activate : fate::keep;
    }
    return remove_mapping(p) ? fate::freed : fate::keep;
}

/// A page that was added to the swap cache for nothing leaves it again, so that its slot is free.
void give_up(page* p) {
    if (PageSwapCache(p) && vm_swap_full()) remove_exclusive_swap_page(p);
}

/// Ends reclaim's hold on an isolated page. 1 if that freed it.
ulong shrink_isolated(page* p, gfp_t gfp) {
    fate result = fate::keep;
    if (trylock_page(p)) {
        bool locked = true;
        result = shrink_page(p, gfp, &locked);
        if (result == fate::activate && locked) give_up(p);
        if (locked) unlock_page(p);
    }
    if (result != fate::freed) {
        if (result == fate::activate) {
            set_bit(PG_active, &p->flags);
            vm_stat.pgactivate++;
        }
        putback_lru_page(p);
    }
    put_page(p);
    return result == fate::freed;
}

// The lists ------------------------------------------------------------------------------------------------

page* take_first(list_head* list) {
    page* p = list_entry(list->next, page, lru);
    list_del(&p->lru);
    return p;
}

ulong shrink_inactive(ulong nr, gfp_t gfp) {
    list_head taken;
    INIT_LIST_HEAD(&taken);
    ulong scanned, freed = 0;
    isolate_lru_pages(&contig_zone.inactive_list, nr, &taken, &scanned);
    contig_zone.pages_scanned += scanned;
    vm_stat.pgscan += scanned;
    while (!list_empty(&taken))
        freed += shrink_isolated(take_first(&taken), gfp);
    vm_stat.pgsteal += freed;
    return freed;
}

/// The cold end of the active list becomes inactive; what was used since the last look gets another round.
void shrink_active(ulong nr) {
    list_head taken;
    INIT_LIST_HEAD(&taken);
    ulong scanned;
    isolate_lru_pages(&contig_zone.active_list, nr, &taken, &scanned);
    contig_zone.pages_scanned += scanned;
    while (!list_empty(&taken)) {
        page* p = take_first(&taken);
        if (!has_nowhere_to_go(p) && (!reverse_map::mapped(p) || !reverse_map::referenced(p))) {
            clear_bit(PG_active, &p->flags);
            vm_stat.pgdeactivate++;
        }
        putback_lru_page(p);
        put_page(p);
    }
}

bool inactive_is_low() {
    return contig_zone.nr_inactive < contig_zone.nr_active;
}

}  // namespace

ulong shrink_zone(unsigned priority, gfp_t gfp) {
    reverse_map::before_lists(priority);
    ulong active = contig_zone.nr_active >> priority, inactive = contig_zone.nr_inactive >> priority;
    active = inactive_is_low() || priority == 0 ? max(active, SWAP_CLUSTER_MAX) : 0;
    inactive = max(inactive, SWAP_CLUSTER_MAX);
    ulong freed = 0;
    while (active || inactive) {
        const ulong from_active = min(active, SWAP_CLUSTER_MAX),
                    from_inactive = min(inactive, SWAP_CLUSTER_MAX);
        if (from_active) shrink_active(from_active);
        if (from_inactive) freed += shrink_inactive(from_inactive, gfp);
        active -= from_active;
        inactive -= from_inactive;
        if (freed >= SWAP_CLUSTER_MAX && !(current->flags & PF_KSWAPD)) break;
    }
    return freed;
}

ulong try_to_free_pages(gfp_t gfp, unsigned) {
    BUG_ON(current->flags & PF_MEMALLOC);
    current->flags |= PF_MEMALLOC;
    vm_stat.allocstall++;
    ulong freed = kmem_cache_reap();
    for (unsigned priority = DEF_PRIORITY + 1; priority-- > 0 && freed < SWAP_CLUSTER_MAX;) {
        if (priority == 0) swap_token::disable();
        freed += shrink_zone(priority, gfp);
        freed += kmem_cache_reap();
    }
    current->flags &= ~PF_MEMALLOC;
    return freed;
}
