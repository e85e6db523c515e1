// SPDX-License-Identifier: GPL-2.0-or-later
// Which pages were used lately: an active and an inactive list, new pages in front. Reclaim takes from the
// end of the inactive list and refills it from the end of the active one.
#include "kernel/printk.h"
#include "mm/swap.h"

namespace {

struct lru_guard : spin_guard_irq {
    lru_guard() : spin_guard_irq(&contig_zone.lru_lock) {}
};

void add_locked(page* p) {
    BUG_ON(test_bit(PG_lru, &p->flags) || page_count(p) == 0);
    const bool active = test_bit(PG_active, &p->flags);
    set_bit(PG_lru, &p->flags);
    list_add(&p->lru, active ? &contig_zone.active_list : &contig_zone.inactive_list);
    (active ? contig_zone.nr_active : contig_zone.nr_inactive)++;
}

void lru_remove_locked(page* p) {
    list_del(&p->lru);
    clear_bit(PG_lru, &p->flags);
    (test_bit(PG_active, &p->flags) ? contig_zone.nr_active : contig_zone.nr_inactive)--;
}

}  // namespace

void lru_init() {
    spin_lock_init(&contig_zone.lru_lock);
    INIT_LIST_HEAD(&contig_zone.active_list);
    INIT_LIST_HEAD(&contig_zone.inactive_list);
    contig_zone.nr_active = contig_zone.nr_inactive = 0;
}

void lru_cache_add(page* p) {
    lru_guard guard;
    add_locked(p);
}

void lru_cache_add_active(page* p) {
    lru_guard guard;
    set_bit(PG_active, &p->flags);
    add_locked(p);
}

void lru_del(page* p) {
    lru_guard guard;
    if (test_bit(PG_lru, &p->flags)) lru_remove_locked(p);
    clear_bit(PG_active, &p->flags);
}

void activate_page(page* p) {
    lru_guard guard;
    if (!test_bit(PG_lru, &p->flags) || test_bit(PG_active, &p->flags)) return;
    lru_remove_locked(p);
    set_bit(PG_active, &p->flags);
    add_locked(p);
}

void mark_page_accessed(page* p) {
    if (!test_bit(PG_active, &p->flags) && test_bit(PG_referenced, &p->flags) &&
        test_bit(PG_lru, &p->flags)) {
        activate_page(p);
        clear_bit(PG_referenced, &p->flags);
    } else {
        set_bit(PG_referenced, &p->flags);
    }
}

/// A page without references is being freed by somebody, who takes it out of the list himself.
ulong isolate_lru_pages(list_head* from, ulong nr, list_head* taken, ulong* scanned) {
    ulong isolated = 0;
    *scanned = 0;
    lru_guard guard;
    list_head* at = from->prev;
    while (at != from && *scanned < nr) {
        page* p = list_entry(at, page, lru);
        at = at->prev;
        ++*scanned;
        if (!atomic_inc_not_zero(&p->_count)) continue;
        lru_remove_locked(p);
        list_add_tail(&p->lru, taken);
        isolated++;
    }
    return isolated;
}

void putback_lru_page(page* p) {
    lru_guard guard;
    add_locked(p);
}
