// SPDX-License-Identifier: GPL-2.0-or-later
// Swap areas, for the files of guest/mm that manage them.
#pragma once

#include "block/block.h"
#include "mm/swap.h"
#include "mm/swap_map.h"

enum : unsigned { SWP_USED = 1, SWP_WRITEOK = 2 };

/// One area. Guarded by swap_lock, except that `bdev` does not change while SWP_USED.
struct swap_info_struct {
    unsigned flags;  // SWP_*
    int prio;        // higher is filled first
    block_device* bdev;
    swap_map map;
    unsigned map_order;  // of the block of frames that map.count is in
    ulong last_given;    // when a slot was given last: areas of one priority take turns
};
extern swap_info_struct swap_info[MAX_SWAPFILES];
extern spinlock_t swap_lock;

/// The first page of an area (mkswap).
struct swap_header {
    char boot_sector[1024];
    u32 version;    // 1
    u32 last_page;  // slots: [1, last_page]
    u32 nr_badpages;
    u8 uuid[16];
    char volume[16];
    u32 padding[117];
    u32 badpages[637];
    u16 gap;
    char magic[10];  // "SWAPSPACE2"
} __attribute__((packed));
static_assert(sizeof(swap_header) == PAGE_SIZE);

constexpr unsigned SECTORS_PER_PAGE = PAGE_SIZE / SECTOR_SIZE;
