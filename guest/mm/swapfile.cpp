// SPDX-License-Identifier: GPL-2.0-or-later
// Swap areas and the use of their slots.
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/swap_area.h"

swap_info_struct swap_info[MAX_SWAPFILES];
spinlock_t swap_lock = SPIN_LOCK_UNLOCKED;

namespace {

ulong slots_given;  // a clock for last_given

/// The area that is next to give a slot, or null. swap_lock held.
swap_info_struct* best_area_locked() {
    swap_info_struct* best = nullptr;
    for (swap_info_struct& area : swap_info) {
        if (!(area.flags & SWP_WRITEOK) || area.map.in_use == area.map.usable) continue;
        const bool turn = best && area.prio == best->prio && area.last_given < best->last_given;
        if (!best || area.prio > best->prio || turn) best = &area;
    }
    return best;
}

/// The area of an entry; null if the entry names none. swap_lock held.
swap_info_struct* area_of_locked(swp_entry_t entry) {
    assert_spin_locked(&swap_lock);
    const unsigned type = swp_type(entry);
    if (type >= MAX_SWAPFILES || !(swap_info[type].flags & SWP_USED)) return nullptr;
    return &swap_info[type];
}

/// Users that are left. A slot without any becomes free.
unsigned put_slot_locked(swp_entry_t entry) {
    swap_info_struct* area = area_of_locked(entry);
    BUG_ON(!area);
    const unsigned left = swap_map_put(&area->map, swp_offset(entry));
    if (left == 0 && (area->flags & SWP_WRITEOK)) nr_swap_pages++;
    return left;
}

int transfer(page* p, block_direction direction) {
    BUG_ON(!PageLocked(p) || !PageSwapCache(p));
    const swp_entry_t entry = page_swap_entry(p);
    block_device* device = swap_info[swp_type(entry)].bdev;
    const auto sector = static_cast<u32>(swp_offset(entry) * SECTORS_PER_PAGE);
    void* frame = page_address(p);
    const int error = direction == BLOCK_READ ? blkdev_read(device, sector, frame, SECTORS_PER_PAGE)
                                              : blkdev_write(device, sector, frame, SECTORS_PER_PAGE);
    if (error) {
        printk("%s-error on swap-device (%u:%u:%lu)\n", direction == BLOCK_READ ? "Read" : "Write",
               device->rdev >> 8, device->rdev & 0xFF, static_cast<ulong>(sector));
    }
    return error;
}

}  // namespace

swp_entry_t get_swap_page() {
    spin_guard guard(&swap_lock);
    swap_info_struct* area = best_area_locked();
    if (!area) return {0};
    const ulong slot = swap_map_alloc(&area->map);
    area->last_given = ++slots_given;
    nr_swap_pages--;
    return swp_entry(static_cast<unsigned>(area - swap_info), slot);
}

bool swap_duplicate(swp_entry_t entry) {
    spin_guard guard(&swap_lock);
    swap_info_struct* area = area_of_locked(entry);
    return area && swap_map_get(&area->map, swp_offset(entry));
}

void swap_free(swp_entry_t entry) {
    spin_guard guard(&swap_lock);
    put_slot_locked(entry);
}

/// The cached page stays if it is busy (then whoever holds its lock finds it unused), or if somebody else
/// maps it.
void free_swap_and_cache(swp_entry_t entry) {
    unsigned left;
    {
        spin_guard guard(&swap_lock);
        left = put_slot_locked(entry);
    }
    if (left != 1) return;
    page* p = lookup_swap_cache(entry);
    if (!p) return;
    free_swap_cache(p);
    put_page(p);
}

unsigned page_swapcount(const page* p) {
    spin_guard guard(&swap_lock);
    const swp_entry_t entry = page_swap_entry(p);
    const swap_info_struct* area = area_of_locked(entry);
    BUG_ON(!area);
    return swap_map_count(&area->map, swp_offset(entry)) - 1;  // without the cache's own
}

int swap_users(unsigned type, ulong slot) {
    spin_guard guard(&swap_lock);
    if (type >= MAX_SWAPFILES || !(swap_info[type].flags & SWP_USED)) return -1;
    return static_cast<int>(swap_map_count(&swap_info[type].map, slot));
}

ulong swap_area_slots(unsigned type) {
    spin_guard guard(&swap_lock);
    return type < MAX_SWAPFILES && (swap_info[type].flags & SWP_USED) ? swap_info[type].map.slots : 0;
}

ulong swap_area_in_use(unsigned type) {
    spin_guard guard(&swap_lock);
    return swap_info[type].map.in_use;
}

bool vm_swap_full() {
    return nr_swap_pages * 2 < total_swap_pages;
}

traced int swap_readpage(page* p) {
    const int error = transfer(p, BLOCK_READ);
    if (error) {
        set_bit(PG_error, &p->flags);
        return error;
    }
    set_bit(PG_uptodate, &p->flags);
    vm_stat.pswpin++;
    return 0;
}

/// The page is clean while it is written: who makes it dirty meanwhile is not lost. After an error it is
/// dirty as before.
traced int swap_writepage(page* p) {
    clear_bit(PG_dirty, &p->flags);
    const int error = transfer(p, BLOCK_WRITE);
    if (error) {
        set_bit(PG_error, &p->flags);
        set_bit(PG_dirty, &p->flags);
        return error;
    }
    vm_stat.pswpout++;
    return 0;
}
