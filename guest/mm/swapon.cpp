// SPDX-License-Identifier: GPL-2.0-or-later
// swapon and swapoff: areas come and go. The header is not trusted.
#include "fs/fs.h"
#include "fs/seq_file.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/swap_area.h"

namespace {

enum : int { SWAP_FLAG_PREFER = 0x8000, SWAP_FLAG_PRIO_MASK = 0x7FFF };
mutex swapon_mutex;       // one area comes or goes at a time
int least_priority = -1;  // of the next area that is not given one

/// The disk that a path names. 0 or -errno.
int device_of(const char* path, block_device** device) {
    dentry* name;
    if (const int error = user_path(path, LOOKUP_FOLLOW, &name)) return error;
    const inode* node = name->d_inode;
    *device = (node->i_mode & S_IFMT) == S_IFBLK ? blkdev_get(node->i_rdev) : nullptr;
    dput(name);
    return *device ? 0 : -EINVAL;
}

swap_info_struct* area_on(const block_device* device) {
    for (swap_info_struct& area : swap_info) {
        if ((area.flags & SWP_USED) && area.bdev == device) return &area;
    }
    return nullptr;
}

// The header ----------------------------------------------------------------------------------------------

/// True if the header describes an area that fits on the disk and into page-table entries.
bool header_is_good(const swap_header* header, const block_device* device) {
    if (memcmp(header->magic, "SWAPSPACE2", sizeof header->magic) != 0) return false;
    if (header->version != 1 || header->nr_badpages > sizeof header->badpages / sizeof(u32)) return false;
    if (header->last_page == 0 || header->last_page > SWP_OFFSET_MAX) return false;
    return header->last_page < device->sectors / SECTORS_PER_PAGE;
}

/// False if a bad page is none of the area, comes twice, or none is left.
bool mark_bad_pages(swap_map* map, const swap_header* header) {
    for (u32 i = 0; i < header->nr_badpages; i++) {
        if (!swap_map_mark_bad(map, header->badpages[i])) return false;
    }
    return map->usable > 0;
}

unsigned order_for(ulong bytes) {
    unsigned order = 0;
    while (PAGE_SIZE << order < bytes)
        order++;
    return order;
}

/// Fills in the map of a new area. 0 or -errno.
int make_map(swap_info_struct* area, const swap_header* header) {
    const ulong slots = header->last_page + 1;
    area->map_order = order_for(slots * sizeof(u16));
    const ulong block = __get_free_pages(GFP_KERNEL, area->map_order);
    if (!block) return -ENOMEM;
    swap_map_init(&area->map, reinterpret_cast<u16*>(block), slots);
    if (mark_bad_pages(&area->map, header)) return 0;
    free_pages(block, area->map_order);
    return -EINVAL;
}

int read_area(swap_info_struct* area, block_device* device) {
    if (device->sectors < SECTORS_PER_PAGE) return -EINVAL;
    const ulong frame = __get_free_pages(GFP_KERNEL, 0);
    if (!frame) return -ENOMEM;
    const auto* header = reinterpret_cast<const swap_header*>(frame);
    int error = blkdev_read(device, 0, reinterpret_cast<void*>(frame), SECTORS_PER_PAGE);
    if (!error && !header_is_good(header, device)) error = -EINVAL;
    if (!error) error = make_map(area, header);
    free_page(frame);
    return error;
}

// Coming and going
// -------------------------------------------------------------------------------------------

int priority_of(int flags) {
    return flags & SWAP_FLAG_PREFER ? flags & SWAP_FLAG_PRIO_MASK : least_priority--;
}

void enable(swap_info_struct* area) {
    spin_guard guard(&swap_lock);
    area->flags |= SWP_USED | SWP_WRITEOK;
    nr_swap_pages += area->map.usable - area->map.in_use;
    total_swap_pages += area->map.usable;
}

/// No slot is given from now on.
void disable(swap_info_struct* area) {
    spin_guard guard(&swap_lock);
    area->flags &= ~SWP_WRITEOK;
    nr_swap_pages -= area->map.usable - area->map.in_use;
    total_swap_pages -= area->map.usable;
}

void forget(swap_info_struct* area) {
    ulong block;
    unsigned order;
    {
        spin_guard guard(&swap_lock);
        BUG_ON(area->map.in_use != 0);
        block = reinterpret_cast<ulong>(area->map.count);
        order = area->map_order;
        *area = swap_info_struct{};
    }
    free_pages(block, order);
}

}  // namespace

void swap_init() {
    mutex_init(&swapon_mutex);
    swap_cache_init();
}

long sys_swapon(const char* path, int flags) {
    if (current->euid != 0) return -EPERM;
    block_device* device;
    if (const int error = device_of(path, &device)) return error;
    mutex_guard guard(&swapon_mutex);
    if (area_on(device)) return -EBUSY;
    swap_info_struct* area = nullptr;
    for (swap_info_struct& candidate : swap_info) {
        if (!area && !(candidate.flags & SWP_USED)) area = &candidate;
    }
    if (!area) return -EPERM;
    *area = swap_info_struct{};
    if (const int error = read_area(area, device)) return error;
    area->bdev = device;
    area->prio = priority_of(flags);
    enable(area);
    printk("Adding %luk swap on /dev/%s.  Priority:%d\n", area->map.usable << (PAGE_SHIFT - 10), device->name,
           area->prio);
    return 0;
}

long sys_swapoff(const char* path) {
    if (current->euid != 0) return -EPERM;
    block_device* device;
    if (const int error = device_of(path, &device)) return error;
    mutex_guard guard(&swapon_mutex);
    swap_info_struct* area = area_on(device);
    if (!area) return -EINVAL;
    const ulong pages = area->map.in_use;
    if (vm_enough_memory(pages)) return -ENOMEM;  // what is out there has to fit in here
    vm_unacct_memory(pages);
    disable(area);
    if (const int error = try_to_unuse(static_cast<unsigned>(area - swap_info))) {
        enable(area);
        return error;
    }
    forget(area);
    return 0;
}

int proc_swaps(seq_file* m, void*) {
    seq_puts(m, "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n");
    mutex_guard guard(&swapon_mutex);
    for (const swap_info_struct& area : swap_info) {
        if (!(area.flags & SWP_USED)) continue;
        seq_printf(m, "/dev/%-34s partition\t%lu\t%lu\t%d\n", area.bdev->name,
                   area.map.usable << (PAGE_SHIFT - 10), area.map.in_use << (PAGE_SHIFT - 10), area.prio);
    }
    return 0;
}
