// SPDX-License-Identifier: GPL-2.0-or-later
// The root file system's inodes, and how their pages come into the page cache.
#include "fs/rootfs.h"

#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/gfp.h"

namespace {
ulong last_ino;

/// The file's bytes of one page, zeros behind its end.
int rootfs_readpage(file* filp, page* into) {
    const inode* node = filp->f_mapping->host;
    const u64 start = static_cast<u64>(into->index) << PAGE_SHIFT;
    const u64 size = static_cast<u64>(node->i_size);
    const size_t filled = start >= size ? 0 : static_cast<size_t>(min<u64>(PAGE_SIZE, size - start));
    char* at = static_cast<char*>(page_address(into));
    memcpy(at, static_cast<const char*>(node->i_private) + start, filled);
    memset(at + filled, 0, PAGE_SIZE - filled);
    set_bit(PG_uptodate, &into->flags);
    unlock_page(into);
    return 0;
}

long rootfs_readlink(inode* link, char* buffer, size_t size) {
    const size_t length = static_cast<size_t>(link->i_size);
    if (length > size) return -ENAMETOOLONG;
    memcpy(buffer, link->i_private, length);
    return static_cast<long>(length);
}

constexpr address_space_operations rootfs_pages{.readpage = rootfs_readpage};
constexpr file_operations rootfs_file_ops{.read = generic_file_read, .mmap = generic_file_mmap};
constexpr file_operations rootfs_directory_ops{.readdir = dcache_readdir};
constexpr inode_operations link_ops{.lookup = nullptr, .readlink = rootfs_readlink};

inode* rootfs_inode(unsigned mode) {
    return new_inode(mode, ++last_ino, ROOTFS_DEV);
}
}  // namespace

inode* rootfs_directory_inode(unsigned mode) {
    inode* node = rootfs_inode(S_IFDIR | (mode & 07777));
    if (node) node->i_fop = &rootfs_directory_ops;
    return node;
}

inode* rootfs_file_inode(unsigned mode, const char* data, ulong size) {
    inode* node = rootfs_inode(S_IFREG | (mode & 07777));
    if (!node) return nullptr;
    node->i_fop = &rootfs_file_ops;
    node->i_data.a_ops = &rootfs_pages;
    rootfs_set_data(node, data, size);
    return node;
}

void rootfs_set_data(inode* node, const char* data, ulong size) {
    node->i_private = const_cast<char*>(data);
    node->i_size = size;
}

inode* rootfs_link_inode(const char* target, ulong size) {
    inode* node = rootfs_inode(S_IFLNK | 0777);
    if (!node) return nullptr;
    node->i_op = &link_ops;
    rootfs_set_data(node, target, size);
    return node;
}

inode* rootfs_special_inode(unsigned mode, u16 device, const file_operations* operations) {
    inode* node = rootfs_inode(mode);
    if (!node) return nullptr;
    node->i_rdev = device;
    node->i_fop = operations;
    return node;
}

inode* rootfs_device_inode(unsigned mode, u16 device) {
    return rootfs_special_inode(S_IFCHR | (mode & 07777), device, find_device(device));
}

dentry* rootfs_add(dentry* parent, const char* name, unsigned length, inode* node) {
    dentry* d = d_alloc(parent, name, length);
    if (!d) {
        iput(node);
        return nullptr;
    }
    d_add(d, node);
    return d;
}

void vfs_init() {
    dcache_init();
    file_table_init();
    inode* top = rootfs_directory_inode(0755);
    root_dentry = top ? rootfs_add(nullptr, "/", 1, top) : nullptr;
    if (!root_dentry) panic("vfs_init: no memory for the root directory");
    devices_init(root_dentry);
}
