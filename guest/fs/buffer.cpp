// SPDX-License-Identifier: GPL-2.0-or-later
// See buffer.h. One lock guards everything and is held across the disk's work, which comes one by one anyhow.
#include "fs/buffer.h"

#include "block/block.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/slab.h"

namespace {

constexpr unsigned kBufferBuckets = 128;
constexpr unsigned kMaxBuffers = 256;  // more only while all of them are in use

kmem_cache* buffer_cachep;
mutex buffer_mutex;
hlist_head buckets[kBufferBuckets];
list_head lru = LIST_HEAD_INIT(lru);
unsigned nr_buffers;
ulong cached_bytes;           // of all buffers
block_device* failed_device;  // a block of it was given up because it could not be written; each sync says so

u32 sectors_of(const buffer_head* bh) {
    return bh->b_size >> SECTOR_SHIFT;
}

int write_buffer(buffer_head* bh) {
    const int error = blkdev_write(bh->b_bdev, bh->b_blocknr * sectors_of(bh), bh->b_data, sectors_of(bh));
    if (!error) bh->b_dirty = false;
    return error;
}

void free_buffer(buffer_head* bh) {
    hlist_del(&bh->b_hash);
    list_del(&bh->b_lru);
    cached_bytes -= bh->b_size;
    kfree(bh->b_data);
    kmem_cache_free(buffer_cachep, bh);
    nr_buffers--;
}

/// Makes room for another buffer: the longest unused one goes, to the disk first if it is dirty.
void shrink_cache() {
    if (nr_buffers < kMaxBuffers) return;
    buffer_head* bh = nullptr;
    list_for_each_entry(bh, &lru, b_lru) {
        if (atomic_read(&bh->b_count) > 0) continue;
        if (bh->b_dirty && write_buffer(bh)) {
            printk("%s: block %u is lost\n", bh->b_bdev->name, bh->b_blocknr);
            failed_device = bh->b_bdev;
        }
        free_buffer(bh);
        return;
    }
}

buffer_head* find_buffer(const block_device* device, u32 block) {
    for (hlist_node* at = buckets[block % kBufferBuckets].first; at; at = at->next) {
        auto* bh = container_of(at, buffer_head, b_hash);
        if (bh->b_bdev == device && bh->b_blocknr == block) return bh;
    }
    return nullptr;
}

/// A new buffer in the cache, with undefined contents. Null: no memory.
buffer_head* new_buffer(block_device* device, u32 block, u32 size) {
    shrink_cache();
    auto* bh = static_cast<buffer_head*>(kmem_cache_zalloc(buffer_cachep, GFP_KERNEL));
    char* data = static_cast<char*>(kmalloc(size, GFP_KERNEL));
    if (!bh || !data) {
        kfree(data);
        if (bh) kmem_cache_free(buffer_cachep, bh);
        return nullptr;
    }
    bh->b_bdev = device;
    bh->b_blocknr = block;
    bh->b_size = size;
    bh->b_data = data;
    hlist_add_head(&bh->b_hash, &buckets[block % kBufferBuckets]);
    list_add_tail(&bh->b_lru, &lru);
    nr_buffers++;
    cached_bytes += size;
    return bh;
}

buffer_head* use(buffer_head* bh) {
    atomic_inc(&bh->b_count);
    list_move_tail(&bh->b_lru, &lru);
    return bh;
}

/// The dirty block with the smallest number >= `from`, or null.
buffer_head* next_dirty(const block_device* device, u32 from) {
    buffer_head *best = nullptr, *bh = nullptr;
    list_for_each_entry(bh, &lru, b_lru) {
        const bool wanted = bh->b_dirty && bh->b_bdev == device && bh->b_blocknr >= from;
        if (wanted && (!best || bh->b_blocknr < best->b_blocknr)) best = bh;
    }
    return best;
}

}  // namespace

void buffer_init() {
    buffer_cachep = kmem_cache_create("buffer_head", sizeof(buffer_head), 0, SLAB_PANIC, nullptr);
    mutex_init(&buffer_mutex);
}

buffer_head* bread(block_device* device, u32 block, u32 size) {
    const mutex_guard guard(&buffer_mutex);
    if (buffer_head* bh = find_buffer(device, block)) return use(bh);
    buffer_head* bh = new_buffer(device, block, size);
    if (!bh) return nullptr;
    if (!blkdev_read(device, block * sectors_of(bh), bh->b_data, sectors_of(bh))) return use(bh);
    free_buffer(bh);
    return nullptr;
}

buffer_head* get_zeroed_block(block_device* device, u32 block, u32 size) {
    const mutex_guard guard(&buffer_mutex);
    buffer_head* bh = find_buffer(device, block);
    if (!bh) bh = new_buffer(device, block, size);
    if (!bh) return nullptr;
    memset(bh->b_data, 0, size);
    bh->b_dirty = true;
    return use(bh);
}

ulong buffer_cache_bytes() {
    return cached_bytes;
}

void brelse(buffer_head* bh) {
    if (bh) atomic_dec(&bh->b_count);
}

void mark_buffer_dirty(buffer_head* bh) {
    bh->b_dirty = true;
}

void forget_block(block_device* device, u32 block, u32) {
    const mutex_guard guard(&buffer_mutex);
    buffer_head* bh = find_buffer(device, block);
    if (!bh) return;
    bh->b_dirty = false;
    if (atomic_read(&bh->b_count) == 0) free_buffer(bh);
}

int sync_buffers(block_device* device) {
    const mutex_guard guard(&buffer_mutex);
    int result = failed_device == device ? -EIO : 0;
    u32 from = 0;
    while (buffer_head* bh = next_dirty(device, from)) {
        from = bh->b_blocknr + 1;
        const int error = write_buffer(bh);
        if (!result) result = error;
        if (from == 0) break;
    }
    const int error = blkdev_flush(device);
    return result ? result : error;
}

void invalidate_buffers(block_device* device) {
    const mutex_guard guard(&buffer_mutex);
    if (failed_device == device) failed_device = nullptr;
    buffer_head *bh = nullptr, *ahead = nullptr;
    list_for_each_entry_safe(bh, ahead, &lru, b_lru) {
        if (bh->b_bdev != device) continue;
        BUG_ON(atomic_read(&bh->b_count) > 0);
        free_buffer(bh);
    }
}
