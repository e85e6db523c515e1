// SPDX-License-Identifier: GPL-2.0-or-later
// Page frames and their allocator: the map of frames, the buddy system, the zero page.
#pragma once

#include "arch/pgtable.h"
#include "kernel/spinlock.h"
#include "lib/atomic.h"
#include "lib/list.h"

struct address_space;

/// One page frame. mem_map[pfn] describes physical page pfn.
struct page {
    ulong flags;             // PG_*
    atomic_t _count;         // references; 0 = free or reserved and unused
    atomic_t _mapcount;      // page-table entries that map it, minus one: starts at -1
    ulong private_;          // order of a free block (PG_buddy); owner's data otherwise
    address_space* mapping;  // page cache: its file. Bit 0 set: anonymous memory
    pgoff_t index;           // offset in the mapping, in pages
    list_head lru;           // free list, slab list, or the active or inactive list (PG_lru)
};

enum pageflags : unsigned {
    PG_locked,
    PG_error,
    PG_referenced,
    PG_uptodate,
    PG_dirty,
    PG_lru,
    PG_active,
    PG_slab,
    PG_reserved,
    PG_buddy,
    PG_swapcache,
    PG_writeback
};
constexpr ulong PAGE_MAPPING_ANON = 1;

extern page* mem_map;
extern ulong max_mapnr;            // frames in mem_map
extern page* empty_zero_page_map;  // the zero page's descriptor
extern "C" u8 empty_zero_page[PAGE_SIZE];

inline ulong page_to_pfn(const page* p) {
    return static_cast<ulong>(p - mem_map);
}
inline page* pfn_to_page(ulong pfn) {
    return mem_map + pfn;
}
inline bool pfn_valid(ulong pfn) {
    return pfn < max_mapnr;
}
inline void* page_address(const page* p) {
    return __va(page_to_pfn(p) << PAGE_SHIFT);
}
inline page* virt_to_page(const void* linear) {
    return pfn_to_page(__pa(linear) >> PAGE_SHIFT);
}
inline bool is_zero_pfn(ulong pfn) {
    return pfn == __pa(empty_zero_page) >> PAGE_SHIFT;
}
inline bool PageReserved(const page* p) {
    return test_bit(PG_reserved, &p->flags);
}
inline bool PageAnon(const page* p) {
    return reinterpret_cast<ulong>(p->mapping) & PAGE_MAPPING_ANON;
}
inline int page_count(const page* p) {
    return atomic_read(&p->_count);
}
inline int page_mapcount(const page* p) {
    return atomic_read(&p->_mapcount) + 1;
}
inline void get_page(page* p) {
    atomic_inc(&p->_count);
}
/// Drops a reference; the last one frees the frame.
void put_page(page* p);

enum : gfp_t {
    __GFP_WAIT = 0x10,       // may sleep
    __GFP_HIGH = 0x20,       // may use half of the reserve below pages_min
    __GFP_IO = 0x40,         // memory may be made free by writing to a disk
    __GFP_FS = 0x80,         // ... through a file system: the caller holds none of its locks
    __GFP_NORETRY = 0x1000,  // rather null than that a process is ended
    __GFP_ZERO = 0x8000,     // zero-filled
    GFP_ATOMIC = __GFP_HIGH,
    GFP_NOIO = __GFP_WAIT,
    GFP_NOFS = __GFP_WAIT | __GFP_IO,
    GFP_KERNEL = __GFP_WAIT | __GFP_IO | __GFP_FS,
    GFP_USER = GFP_KERNEL | 0x20000,
};

constexpr unsigned MAX_ORDER = 11;  // blocks of 2^0 .. 2^10 pages
struct free_area {
    list_head free_list;
    ulong nr_free;
};
struct zone {
    spinlock_t lock;
    free_area area[MAX_ORDER];
    ulong free_pages, present_pages;
    // Below pages_low kswapd is woken, and it works until pages_high are free. What is below pages_min is for
    // those who make memory free. All 0 before kswapd exists.
    ulong pages_min, pages_low, pages_high;
    spinlock_t lru_lock;  // guards what follows, and page::lru, PG_lru and PG_active of the pages in it
    list_head active_list, inactive_list;
    ulong nr_active, nr_inactive;
    ulong pages_scanned;  // since a page was last freed: many times the lists' length means hopeless
};
extern zone contig_zone;

/// Builds mem_map behind the kernel and gives every usable frame to the buddy system.
/// `first_free`: first linear address the kernel does not use; `ram_end`: physical end of RAM.
void mem_init(ulong first_free, ulong ram_end);
/// Gives the reserved frames that lie wholly inside physical [start, end) to the buddy system: memory that
/// was kept at boot and is not needed any more. Each frame once.
void free_reserved_frames(ulong start, ulong end);
/// 2^order contiguous frames, aligned to their size, count 1; null if there are none. Callers handle null.
page* alloc_pages(gfp_t gfp, unsigned order);
/// The same from free memory alone, of which `keep` frames stay.
page* take_free_pages(unsigned order, ulong keep);
/// Less than pages_low is free: waits, reclaims, or uses the reserve, as `gfp` and the caller allow.
/// alloc_slow.cpp; null as alloc_pages.
page* alloc_pages_slow(gfp_t gfp, unsigned order);
void __free_pages(page* p, unsigned order);
inline page* alloc_page(gfp_t gfp) {
    return alloc_pages(gfp, 0);
}
/// The same by linear address; 0 if there are none.
ulong __get_free_pages(gfp_t gfp, unsigned order);
inline ulong get_zeroed_page(gfp_t gfp) {
    return __get_free_pages(gfp | __GFP_ZERO, 0);
}
void free_pages(ulong address, unsigned order);
inline void free_page(ulong address) {
    free_pages(address, 0);
}
ulong nr_free_pages();
