// SPDX-License-Identifier: GPL-2.0-or-later
// Writing to the page cache, and cutting files short.
#include "arch/uaccess.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "kernel/signal.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/writeback.h"

namespace {

/// Where the bytes come from: a program's memory or the kernel's.
struct source {
    const char* at;
    bool is_user;
};

/// As many bytes as the position allows: the file system's longest file, and the process's RLIMIT_FSIZE
/// (SIGXFSZ). Bytes or -errno.
long allowed_bytes(const inode* node, size_t count, loff_t position) {
    if (position < 0) return -EINVAL;
    const ulong limit = rlimit(RLIMIT_FSIZE);
    auto end = static_cast<u64>(node->i_sb->s_maxbytes);
    if (limit != ~0ul && limit < end) {
        if (static_cast<u64>(position) >= limit) {
            send_file_size_signal();
            return -EFBIG;
        }
        end = limit;
    }
    if (count > 0 && static_cast<u64>(position) >= end) return -EFBIG;
    return static_cast<long>(min<u64>(count, end - static_cast<u64>(position)));
}

/// Copies user bytes to a page of the kernel's first: a fault must not happen while a page of the cache is
/// locked, for it might want that very page. Bytes that are there, or -EFAULT.
long gather(const source& from, size_t count, char* buffer) {
    const ulong left = copy_from_user(buffer, from.at, count);
    return left == count ? -EFAULT : static_cast<long>(count - left);
}

/// The part of a write that lies in one page. Bytes or -errno.
long write_to_page(address_space* mapping, const char* bytes, unsigned length, loff_t position) {
    page* p = nullptr;
    if (const int error = mapping->a_ops->write_begin(mapping, position, length, &p)) return error;
    memcpy(static_cast<char*>(page_address(p)) + (static_cast<ulong>(position) & ~PAGE_MASK), bytes, length);
    mapping->a_ops->write_end(mapping, position, length, p);
    return static_cast<long>(length);
}

/// Page by page. i_mutex held. Bytes or -errno.
long write_pages(address_space* mapping, source from, size_t count, loff_t* position, char* bounce) {
    long done = 0;
    while (count > 0) {
        const ulong offset = static_cast<ulong>(*position) & ~PAGE_MASK;
        long chunk = static_cast<long>(min<size_t>(count, PAGE_SIZE - offset));
        if (from.is_user) chunk = gather(from, static_cast<size_t>(chunk), bounce);
        if (chunk > 0)
            chunk = write_to_page(mapping, from.is_user ? bounce : from.at, static_cast<unsigned>(chunk),
                                  *position);
        if (chunk < 0) return done ? done : chunk;
        from.at += chunk;
        count -= static_cast<size_t>(chunk);
        *position += chunk;
        done += chunk;
        balance_dirty_pages(mapping);
    }
    return done;
}

long write_file(file* filp, source from, size_t count, loff_t* position) {
    address_space* mapping = filp->f_mapping;
    inode* node = mapping->host;
    char* bounce = from.is_user ? reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0)) : nullptr;
    if (from.is_user && !bounce) return -ENOMEM;
    mutex_lock(&node->i_mutex);
    loff_t at = filp->f_flags & O_APPEND ? node->i_size : *position;
    long result = allowed_bytes(node, count, at);
    if (result > 0) {
        remove_suid(node);
        result = write_pages(mapping, from, static_cast<size_t>(result), &at, bounce);
        touch_modified(node);
        mark_inode_dirty(node);
    }
    if (result >= 0) *position = at;
    mutex_unlock(&node->i_mutex);
    if (bounce) free_page(reinterpret_cast<ulong>(bounce));
    return result;
}

/// Behind the new end the last page is zero, in memory and, when it is written, on the disk.
int zero_partial_page(address_space* mapping, loff_t size) {
    const ulong offset = static_cast<ulong>(size) & ~PAGE_MASK;
    if (offset == 0) return 0;
    const auto index = static_cast<pgoff_t>(size >> PAGE_SHIFT);
    page* p = mapping_cap_writeback_dirty(mapping) ? read_mapping_page(mapping, index)
                                                   : find_get_page(mapping, index);
    if (IS_ERR(p)) return static_cast<int>(PTR_ERR(p));
    if (!p) return 0;
    lock_page(p);
    if (p->mapping == mapping) {
        memset(static_cast<char*>(page_address(p)) + offset, 0, PAGE_SIZE - offset);
        set_page_dirty(p);
    }
    unlock_page(p);
    put_page(p);
    return 0;
}

}  // namespace

long generic_file_write(file* filp, const char* user_buffer, size_t count, loff_t* position) {
    const long result = write_file(filp, {user_buffer, true}, count, position);
    if (result <= 0 || !(filp->f_flags & O_SYNC) || !filp->f_op->fsync) return result;
    const int error = filp->f_op->fsync(filp);
    return error ? error : result;
}

long kernel_write(file* filp, const void* buffer, size_t count, loff_t* position) {
    if (!filp->f_mapping->a_ops || !filp->f_mapping->a_ops->write_begin) return -EINVAL;
    return write_file(filp, {static_cast<const char*>(buffer), false}, count, position);
}

void truncate_inode_pages_range(address_space* mapping, pgoff_t first, pgoff_t last) {
    for (;;) {
        page* p;
        {
            spin_guard guard(&mapping->tree_lock);
            p = page_tree_next(&mapping->pages, first);
            if (p && p->index > last) p = nullptr;
            if (p) get_page(p);
        }
        if (!p) return;
        lock_page(p);
        wait_on_page_writeback(p);
        if (p->mapping == mapping) {
            const loff_t start = static_cast<loff_t>(p->index) << PAGE_SHIFT;
            if (reverse_map::mapped(p))
                unmap_mapping_range(mapping, start, PAGE_SIZE, 0);  // mapped a moment ago
            cancel_dirty_page(p);
            remove_from_page_cache(p);
        }
        unlock_page(p);
        put_page(p);
    }
}

int vmtruncate(inode* node, loff_t size) {
    address_space* mapping = &node->i_data;
    if (size < node->i_size) {
        if (const int error = zero_partial_page(mapping, size)) return error;
        node->i_size = size;
        const auto first = static_cast<pgoff_t>((static_cast<u64>(size) + PAGE_SIZE - 1) >> PAGE_SHIFT);
        unmap_mapping_range(mapping, static_cast<loff_t>(first) << PAGE_SHIFT, 0, 1);
        truncate_inode_pages_from(mapping, first);
    } else {
        node->i_size = size;
    }
    if (node->i_op && node->i_op->truncate) node->i_op->truncate(node);
    touch_modified(node);
    mark_inode_dirty(node);
    return 0;
}
