// SPDX-License-Identifier: GPL-2.0-or-later
// The buddy system: free frames in blocks of 2^order pages, aligned to their size; two free halves become one
// block.
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/swap.h"

page* mem_map;
ulong max_mapnr;
zone contig_zone;

namespace {

constexpr ulong flag(pageflags bit) {
    return 1ul << bit;
}

/// What a page that is given back may not carry any more.
constexpr ulong kBusyFlags = flag(PG_locked) | flag(PG_lru) | flag(PG_active) | flag(PG_slab) |
                             flag(PG_reserved) | flag(PG_buddy) | flag(PG_swapcache);

bool is_free_block(ulong pfn, unsigned order) {
    return pfn < max_mapnr && (mem_map[pfn].flags & flag(PG_buddy)) && mem_map[pfn].private_ == order;
}

void add_block_locked(page* block, unsigned order) {
    block->flags |= flag(PG_buddy);
    block->private_ = order;
    list_add(&block->lru, &contig_zone.area[order].free_list);
    contig_zone.area[order].nr_free++;
}

void remove_block_locked(page* block, unsigned order) {
    list_del(&block->lru);
    block->flags &= ~flag(PG_buddy);
    block->private_ = 0;
    contig_zone.area[order].nr_free--;
}

/// Joins the block with its buddy as long as that is free, too.
void give_block_locked(page* block, unsigned order) {
    ulong pfn = page_to_pfn(block);
    contig_zone.free_pages += 1ul << order;
    while (order < MAX_ORDER - 1) {
        const ulong buddy = pfn ^ (1ul << order);
        if (!is_free_block(buddy, order)) break;
        remove_block_locked(pfn_to_page(buddy), order);
        pfn &= ~(1ul << order);
        order++;
    }
    add_block_locked(pfn_to_page(pfn), order);
}

/// The smallest block that is large enough; upper halves that are not needed go back. Null: none.
page* take_block_locked(unsigned order) {
    unsigned have = order;
    while (have < MAX_ORDER && list_empty(&contig_zone.area[have].free_list))
        have++;
    if (have == MAX_ORDER) return nullptr;
    page* block = list_entry(contig_zone.area[have].free_list.next, page, lru);
    remove_block_locked(block, have);
    while (have > order) {
        have--;
        add_block_locked(block + (1ul << have), have);
    }
    contig_zone.free_pages -= 1ul << order;
    return block;
}

/// A frame that somebody still uses must never reach the free lists.
void check_unused(const page* p) {
    BUG_ON(page_count(p) != 0);
    BUG_ON(page_mapcount(p) != 0);
    BUG_ON(p->mapping != nullptr);
    BUG_ON(p->flags & kBusyFlags);
}

void free_pages_ok(page* first, unsigned order) {
    if (test_bit(PG_lru, &first->flags)) lru_del(first);
    for (ulong i = 0; i < 1ul << order; i++) {
        if (PageAnon(first + i))
            first[i].mapping = nullptr;  // the mark of anonymous memory goes with the last user
        check_unused(first + i);
        first[i].flags = 0;
        first[i].private_ = 0;
    }
    spin_guard_irq guard(&contig_zone.lock);
    give_block_locked(first, order);
    contig_zone.pages_scanned = 0;
    vm_stat.pgfree += 1ul << order;
}

void zone_init() {
    spin_lock_init(&contig_zone.lock);
    for (auto& area : contig_zone.area) {
        INIT_LIST_HEAD(&area.free_list);
        area.nr_free = 0;
    }
    contig_zone.free_pages = contig_zone.present_pages = 0;
    contig_zone.pages_min = contig_zone.pages_low = contig_zone.pages_high = 0;
    lru_init();
}

}  // namespace

void free_reserved_frames(ulong start, ulong end) {
    ulong pfn = PAGE_ALIGN(start) >> PAGE_SHIFT;
    const ulong end_pfn = min(end >> PAGE_SHIFT, max_mapnr);
    if (pfn >= end_pfn) return;
    spin_guard_irq guard(&contig_zone.lock);
    contig_zone.present_pages += end_pfn - pfn;
    while (pfn < end_pfn) {
        unsigned order = 0;
        while (order < MAX_ORDER - 1 && !(pfn & (1ul << order)) && pfn + (2ul << order) <= end_pfn)
            order++;
        for (ulong i = 0; i < 1ul << order; i++) {
            BUG_ON(mem_map[pfn + i].flags != flag(PG_reserved));
            mem_map[pfn + i].flags = 0;
        }
        give_block_locked(pfn_to_page(pfn), order);
        pfn += 1ul << order;
    }
}

void mem_init(ulong first_free, ulong ram_end) {
    zone_init();
    max_mapnr = ram_end >> PAGE_SHIFT;
    mem_map = reinterpret_cast<page*>(PAGE_ALIGN(first_free));
    const ulong map_end = reinterpret_cast<ulong>(mem_map + max_mapnr);
    if (map_end >= reinterpret_cast<ulong>(__va(ram_end))) panic("mem_init: no room for the map of frames");
    for (ulong pfn = 0; pfn < max_mapnr; pfn++) {
        page* p = mem_map + pfn;
        *p = page{.flags = flag(PG_reserved),
                  ._count = {0},
                  ._mapcount = {-1},
                  .private_ = 0,
                  .mapping = nullptr,
                  .index = 0,
                  .lru = {}};
    }
    free_reserved_frames(__pa(reinterpret_cast<void*>(map_end)), ram_end);
}

page* take_free_pages(unsigned order, ulong keep) {
    spin_guard_irq guard(&contig_zone.lock);
    if (contig_zone.free_pages < keep + (1ul << order)) return nullptr;
    page* first = take_block_locked(order);
    if (first) vm_stat.pgalloc += 1ul << order;
    return first;
}

page* alloc_pages(gfp_t gfp, unsigned order) {
    if (order >= MAX_ORDER) return nullptr;
    page* first = take_free_pages(order, contig_zone.pages_low);
    if (!first) first = alloc_pages_slow(gfp, order);
    if (!first) return nullptr;
    atomic_set(&first->_count, 1);
    first->index = 0;
    for (ulong i = 0; (gfp & __GFP_ZERO) && i < 1ul << order; i++)
        clear_page(page_address(first + i));
    return first;
}

void __free_pages(page* p, unsigned order) {
    BUG_ON(page_count(p) <= 0);
    if (atomic_dec_and_test(&p->_count)) free_pages_ok(p, order);
}

void put_page(page* p) {
    __free_pages(p, 0);
}

ulong __get_free_pages(gfp_t gfp, unsigned order) {
    page* p = alloc_pages(gfp, order);
    return p ? reinterpret_cast<ulong>(page_address(p)) : 0;
}

void free_pages(ulong address, unsigned order) {
    if (address) __free_pages(virt_to_page(reinterpret_cast<void*>(address)), order);
}

ulong nr_free_pages() {
    return contig_zone.free_pages;
}
