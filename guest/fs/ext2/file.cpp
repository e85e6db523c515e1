// SPDX-License-Identifier: GPL-2.0-or-later
// ext2: the contents of files, between the page cache and the disk.
#include "block/block.h"
#include "fs/ext2/ext2.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/writeback.h"

namespace {

/// A page's blocks on the disk; 0: a hole.
struct page_blocks {
    u32 block[PAGE_SIZE / 1024];
    unsigned count;  // in the page
    unsigned size;   // bytes of one
};

char* bytes_of(const page* p, const page_blocks& b, unsigned i) {
    return static_cast<char*>(page_address(p)) + i * b.size;
}

bool is_zero(const char* at, unsigned size) {
    for (unsigned i = 0; i < size; i++) {
        if (at[i]) return false;
    }
    return true;
}

u32 first_index(const inode* node, const page* p) {
    return static_cast<u32>(p->index) << (PAGE_SHIFT - EXT2_SB(node->i_sb)->block_bits);
}

page_blocks shape_of(const inode* node) {
    const unsigned size = EXT2_SB(node->i_sb)->block_size;
    return {{}, static_cast<unsigned>(PAGE_SIZE / size), size};
}

/// Blocks of the page that lie, at least in part, inside the file.
unsigned blocks_in_file(const inode* node, const page* p, const page_blocks& b) {
    const u64 start = static_cast<u64>(p->index) << PAGE_SHIFT, size = static_cast<u64>(node->i_size);
    if (size <= start) return 0;
    return static_cast<unsigned>(min<u64>(b.count, (size - start + b.size - 1) / b.size));
}

/// Moves the page's blocks, neighbours on the disk at once. 0 or -EIO.
int transfer(const inode* node, const page* p, const page_blocks& b, unsigned count,
             block_direction direction) {
    const ext2_sb_info* info = EXT2_SB(node->i_sb);
    const unsigned sectors = b.size >> SECTOR_SHIFT;
    int result = 0;
    for (unsigned i = 0; i < count;) {
        unsigned run = 1;
        while (b.block[i] && i + run < count && b.block[i + run] == b.block[i] + run)
            run++;
        if (b.block[i]) {
            const u32 sector = b.block[i] * sectors;
            const int error = direction == BLOCK_READ
                                  ? blkdev_read(info->bdev, sector, bytes_of(p, b, i), run * sectors)
                                  : blkdev_write(info->bdev, sector, bytes_of(p, b, i), run * sectors);
            if (!result) result = error;
        }
        i += run;
    }
    return result;
}

int ext2_readpage(file*, page* p) {
    inode* node = p->mapping->host;
    page_blocks b = shape_of(node);
    const unsigned count = blocks_in_file(node, p, b);
    int error = 0;
    {
        const ext2_guard guard(node->i_sb);
        for (unsigned i = 0; i < count && !error; i++)
            error = ext2_get_block(node, first_index(node, p) + i, false, &b.block[i]);
    }
    for (unsigned i = 0; i < b.count; i++) {
        if (!b.block[i]) memset(bytes_of(p, b, i), 0, b.size);
    }
    if (!error) error = transfer(node, p, b, count, BLOCK_READ);
    const u64 start = static_cast<u64>(p->index) << PAGE_SHIFT, size = static_cast<u64>(node->i_size);
    if (size > start && size - start < PAGE_SIZE) {
        const auto end = static_cast<unsigned>(size - start);
        memset(static_cast<char*>(page_address(p)) + end, 0, PAGE_SIZE - end);
    }
    if (!error) set_bit(PG_uptodate, &p->flags);
    unlock_page(p);
    return error == -EUCLEAN ? -EIO : error;
}

/// Where the page goes. Holes stay if there is nothing in them. 0 or -errno.
int map_for_writing(inode* node, const page* p, page_blocks* b, unsigned count) {
    const ext2_guard guard(node->i_sb);
    for (unsigned i = 0; i < count; i++) {
        const bool empty = is_zero(bytes_of(p, *b, i), b->size);
        if (const int error = ext2_get_block(node, first_index(node, p) + i, !empty, &b->block[i]))
            return error;
    }
    return 0;
}

/// Reclaim may call this for a task that is in the midst of changing the file system: then the page has to
/// wait.
int ext2_writepage(page* p) {
    inode* node = p->mapping->host;
    if (EXT2_SB(node->i_sb)->lock.owner == current) {
        set_page_dirty(p);
        unlock_page(p);
        return 0;
    }
    page_blocks b = shape_of(node);
    const unsigned count = blocks_in_file(node, p, b);
    const u64 start = static_cast<u64>(p->index) << PAGE_SHIFT, size = static_cast<u64>(node->i_size);
    if (size > start && size - start < PAGE_SIZE) {  // what a mapping left behind the end does not count
        const auto end = static_cast<unsigned>(size - start);
        memset(static_cast<char*>(page_address(p)) + end, 0, PAGE_SIZE - end);
    }
    set_page_writeback(p);
    int error = map_for_writing(node, p, &b, count);
    unlock_page(p);
    const int moved = transfer(node, p, b, count, BLOCK_WRITE);
    if (!error) error = moved;
    if (error) set_page_dirty(p);  // so that each further fsync tries again, and fails again
    end_page_writeback(p, error);
    return 0;  // the error is told by the wait
}

/// Blocks for the bytes [from, to) of the page. On failure those behind the file's end are given back. 0 or
/// -errno.
int allocate(inode* node, const page* p, unsigned from, unsigned to) {
    const ext2_guard guard(node->i_sb);
    const unsigned bits = EXT2_SB(node->i_sb)->block_bits;
    for (unsigned i = from >> bits; i << bits < to; i++) {
        u32 block = 0;
        const int error = ext2_get_block(node, first_index(node, p) + i, true, &block);
        if (!error) continue;
        const u64 used = (static_cast<u64>(node->i_size) + (1u << bits) - 1) >> bits;
        if (error == -ENOSPC) ext2_free_blocks_from(node, static_cast<u32>(used));
        return error;
    }
    return 0;
}

/// The locked page gets the file's bytes, unless all of them are going to be written. 0, -EAGAIN (the page is
/// gone) or -errno; on failure it is unlocked.
int fill_page(address_space* mapping, page* p, unsigned length) {
    if (PageUptodate(p) || length == PAGE_SIZE) return 0;
    if (const int error = mapping->a_ops->readpage(nullptr, p)) return error;
    lock_page(p);
    if (p->mapping == mapping && PageUptodate(p)) return 0;
    unlock_page(p);
    return -EAGAIN;
}

int ext2_write_begin(address_space* mapping, loff_t position, unsigned length, page** locked) {
    if (mapping->host->i_sb->s_flags & MS_RDONLY) return -EROFS;
    for (;;) {
        page* p = grab_cache_page(mapping, static_cast<pgoff_t>(position >> PAGE_SHIFT));
        if (IS_ERR(p)) return static_cast<int>(PTR_ERR(p));
        int error = fill_page(mapping, p, length);
        if (!error) {
            const unsigned from = static_cast<unsigned>(position) & (PAGE_SIZE - 1);
            error = allocate(mapping->host, p, from, from + length);
            if (!error) {
                *locked = p;
                return 0;
            }
            unlock_page(p);
        }
        put_page(p);
        if (error != -EAGAIN) return error;
    }
}

void ext2_write_end(address_space* mapping, loff_t position, unsigned length, page* p) {
    inode* node = mapping->host;
    set_bit(PG_uptodate, &p->flags);
    set_page_dirty(p);
    node->i_size = max(node->i_size, position + static_cast<loff_t>(length));
    unlock_page(p);
    put_page(p);
}

/// A mapping is going to write: a full disk has to say so now, for later nobody listens.
int ext2_page_mkwrite(vm_area_struct* vma, page* p) {
    inode* node = vma->vm_file->f_mapping->host;
    if (node->i_sb->s_flags & MS_RDONLY) return -EROFS;
    lock_page(p);
    int error = p->mapping == &node->i_data ? 0 : -EINVAL;
    const page_blocks b = shape_of(node);
    if (!error) error = allocate(node, p, 0, blocks_in_file(node, p, b) * b.size);
    unlock_page(p);
    touch_modified(node);
    return error;
}

struct ext2_area {
    static constexpr auto fault = filemap_fault;
    static constexpr auto page_mkwrite = ext2_page_mkwrite;
    static constexpr bool any_order = true;
};
vm_operations_struct ext2_vm_ops = area_operations::of<ext2_area>();

int ext2_mmap(file*, vm_area_struct* vma) {
    vma->vm_ops = &ext2_vm_ops;
    vma->vm_flags |= VM_CAN_NONLINEAR;
    return 0;
}

void ext2_truncate(inode* node) {
    const ext2_guard guard(node->i_sb);
    const u32 bits = EXT2_SB(node->i_sb)->block_bits;
    const u64 used = (static_cast<u64>(node->i_size) + (1u << bits) - 1) >> bits;
    ext2_free_blocks_from(node, static_cast<u32>(used));
}

}  // namespace

int ext2_fsync(file* filp) {
    inode* node = filp->f_path.dentry->d_inode;
    const int written = write_inode_now(node);
    const ext2_guard guard(node->i_sb);
    const int error = sync_buffers(EXT2_SB(node->i_sb)->bdev);
    return written ? written : error;
}

const address_space_operations ext2_pages{.readpage = ext2_readpage,
                                          .writepage = ext2_writepage,
                                          .write_begin = ext2_write_begin,
                                          .write_end = ext2_write_end};
const inode_operations ext2_file_inode_ops{.truncate = ext2_truncate};
const file_operations ext2_file_ops{
    .read = generic_file_read, .write = generic_file_write, .mmap = ext2_mmap, .fsync = ext2_fsync};
const file_operations ext2_directory_ops{.readdir = ext2_readdir, .fsync = ext2_fsync};
