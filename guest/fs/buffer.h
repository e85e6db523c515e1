// SPDX-License-Identifier: GPL-2.0-or-later
// The buffer cache: blocks of disks that hold a file system's own records. Contents of files are in the page
// cache.
#pragma once

#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/types.h"

struct block_device;

struct buffer_head {
    block_device* b_bdev;
    u32 b_blocknr;  // in units of b_size
    u32 b_size;     // bytes; of one device always the same
    char* b_data;
    atomic_t b_count;
    bool b_dirty;
    hlist_node b_hash;
    list_head b_lru;  // the longest unused first
};

void buffer_init();
/// The block, read if need be, with a reference. Null: I/O error or no memory. The file system's own lock is
/// held, so that nobody changes the block meanwhile; the same goes for all functions that take a buffer.
buffer_head* bread(block_device* device, u32 block, u32 size);
/// The block as zeros, dirty, without reading it.
buffer_head* get_zeroed_block(block_device* device, u32 block, u32 size);
void brelse(buffer_head* bh);
void mark_buffer_dirty(buffer_head* bh);
/// The block is free: what memory has of it is not to be written.
void forget_block(block_device* device, u32 block, u32 size);
/// Writes all dirty blocks of a device, by ascending number, and flushes it. 0 or -EIO (what failed stays
/// dirty).
int sync_buffers(block_device* device);
/// What the buffers of all devices hold, for /proc/meminfo.
ulong buffer_cache_bytes();
/// Drops all blocks of a device; nobody has one.
void invalidate_buffers(block_device* device);
