// SPDX-License-Identifier: GPL-2.0-or-later
// A file system that lives in the page cache and the names' memory only: /tmp. Its pages are always dirty and
// have nowhere to go; together they may take half of the memory.
#include "fs/internal.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/writeback.h"

namespace {

constexpr u32 RAMFS_MAGIC = 0x858458F6;
constexpr ulong kBlocksInPage = PAGE_SIZE / 512;

struct ramfs_info {
    spinlock_t lock;
    ulong max_pages, used_pages;
    ulong last_ino, inodes;
};

ramfs_info* info_of(const super_block* sb) {
    return static_cast<ramfs_info*>(sb->s_fs_info);
}

// Pages ---------------------------------------------------------------------------------------------

int ramfs_readpage(file*, page* p) {
    clear_page(page_address(p));
    set_bit(PG_uptodate, &p->flags);
    unlock_page(p);
    return 0;
}

/// The first write to a page takes one of the file system's share. PG_dirty marks the pages that did,
/// i_blocks counts them. The page is locked. 0 or -ENOSPC.
int charge_dirty(page* p) {
    inode* node = p->mapping->host;
    ramfs_info* info = info_of(node->i_sb);
    spin_guard guard(&info->lock);
    if (PageDirty(p)) return 0;
    if (info->used_pages >= info->max_pages) return -ENOSPC;
    info->used_pages++;
    node->i_blocks += kBlocksInPage;
    set_page_dirty(p);
    return 0;
}

int ramfs_write_begin(address_space* mapping, loff_t position, unsigned, page** locked) {
    page* p = grab_cache_page(mapping, static_cast<pgoff_t>(position >> PAGE_SHIFT));
    if (IS_ERR(p)) return static_cast<int>(PTR_ERR(p));
    if (!PageUptodate(p)) {
        clear_page(page_address(p));
        set_bit(PG_uptodate, &p->flags);
    }
    const int error = charge_dirty(p);
    if (!error) {
        *locked = p;
        return 0;
    }
    unlock_page(p);
    put_page(p);
    return error;
}

void ramfs_write_end(address_space* mapping, loff_t position, unsigned length, page* p) {
    inode* node = mapping->host;
    node->i_size = max(node->i_size, position + static_cast<loff_t>(length));
    unlock_page(p);
    put_page(p);
}

constexpr address_space_operations ramfs_pages{.readpage = ramfs_readpage,
                                               .set_page_dirty = __set_page_dirty_no_writeback,
                                               .write_begin = ramfs_write_begin,
                                               .write_end = ramfs_write_end};

/// A shared mapping wants to write to a page that may be a hole yet.
int ramfs_page_mkwrite(vm_area_struct*, page* p) {
    lock_page(p);
    const int error = p->mapping ? charge_dirty(p) : -EINVAL;
    unlock_page(p);
    return error;
}

// Inodes --------------------------------------------------------------------------------------------

int ramfs_fsync(file*) {
    return 0;
}

struct ramfs_area {
    static constexpr auto fault = filemap_fault;
    static constexpr auto page_mkwrite = ramfs_page_mkwrite;
    static constexpr bool any_order = true;
};
vm_operations_struct ramfs_vm_ops = area_operations::of<ramfs_area>();

int ramfs_mmap(file*, vm_area_struct* vma) {
    vma->vm_ops = &ramfs_vm_ops;
    vma->vm_flags |= VM_CAN_NONLINEAR;
    return 0;
}

long ramfs_readlink(inode* link, char* buffer, size_t size) {
    const size_t length = static_cast<size_t>(link->i_size);
    if (length > size) return -ENAMETOOLONG;
    memcpy(buffer, link->i_private, length);
    return static_cast<long>(length);
}

/// What lay behind the new end is gone: the pages that are left are charged.
void ramfs_truncate(inode* node) {
    ramfs_info* info = info_of(node->i_sb);
    spin_guard guard(&info->lock);
    info->used_pages -= static_cast<ulong>(node->i_blocks) / kBlocksInPage;
    ulong left = 0;
    pgoff_t from = 0;
    spin_guard tree_guard(&node->i_data.tree_lock);
    while (const page* p = page_tree_next(&node->i_data.pages, from)) {
        left += PageDirty(p) ? 1 : 0;
        from = p->index + 1;
    }
    info->used_pages += left;
    node->i_blocks = static_cast<u64>(left) * kBlocksInPage;
}

extern const inode_operations directory_inode_ops;
constexpr inode_operations file_inode_ops{.truncate = ramfs_truncate};
constexpr inode_operations link_inode_ops{.readlink = ramfs_readlink};
constexpr file_operations ramfs_file_ops{
    .read = generic_file_read, .write = generic_file_write, .mmap = ramfs_mmap, .fsync = ramfs_fsync};
constexpr file_operations ramfs_directory_ops{.readdir = dcache_readdir, .fsync = ramfs_fsync};

/// A new inode, or null.
inode* ramfs_inode(super_block* sb, unsigned mode) {
    ramfs_info* info = info_of(sb);
    spin_lock(&info->lock);
    const ulong ino = ++info->last_ino;
    info->inodes++;
    spin_unlock(&info->lock);
    inode* node = new_inode_of(sb, mode, ino);
    if (!node) return nullptr;
    if ((mode & S_IFMT) == S_IFDIR) {
        node->i_op = &directory_inode_ops;
        node->i_fop = &ramfs_directory_ops;
        node->i_nlink = 2;
    } else if ((mode & S_IFMT) == S_IFLNK) {
        node->i_op = &link_inode_ops;
    } else {
        node->i_op = &file_inode_ops;
        node->i_fop = &ramfs_file_ops;
        node->i_data.a_ops = &ramfs_pages;
    }
    return node;
}

// Names. The tree keeps a reference to each, so that it stays without users. ------------------------------

void enter(inode* dir, dentry* child, inode* node) {
    d_add(child, node);
    dget(child);
    touch_modified(dir);
}

int ramfs_create(inode* dir, dentry* child, unsigned mode) {
    inode* node = ramfs_inode(dir->i_sb, S_IFREG | mode);
    if (!node) return -ENOSPC;
    enter(dir, child, node);
    return 0;
}

int ramfs_mkdir(inode* dir, dentry* child, unsigned mode) {
    inode* node = ramfs_inode(dir->i_sb, S_IFDIR | mode);
    if (!node) return -ENOSPC;
    dir->i_nlink++;
    enter(dir, child, node);
    return 0;
}

int ramfs_symlink(inode* dir, dentry* child, const char* target, size_t length) {
    char* text = static_cast<char*>(kmalloc(length + 1, GFP_KERNEL));
    inode* node = text ? ramfs_inode(dir->i_sb, S_IFLNK | 0777) : nullptr;
    if (!node) {
        kfree(text);
        return -ENOSPC;
    }
    memcpy(text, target, length);
    text[length] = '\0';
    node->i_private = text;
    node->i_size = static_cast<loff_t>(length);
    enter(dir, child, node);
    return 0;
}

int ramfs_link(dentry* old, inode* dir, dentry* child) {
    inode* node = old->d_inode;
    node->i_nlink++;
    node->i_ctime = current_seconds();
    atomic_inc(&node->i_count);
    enter(dir, child, node);
    return 0;
}

int ramfs_unlink(inode* dir, dentry* child) {
    child->d_inode->i_nlink--;
    child->d_inode->i_ctime = current_seconds();
    touch_modified(dir);
    dput(child);
    return 0;
}

int ramfs_rmdir(inode* dir, dentry* child) {
    if (!list_empty(&child->d_subdirs)) return -ENOTEMPTY;
    child->d_inode->i_nlink -= 2;
    dir->i_nlink--;
    touch_modified(dir);
    dput(child);
    return 0;
}

int ramfs_rename(inode* old_dir, dentry* old, inode* new_dir, const qstr*, dentry* replaced) {
    const bool directory = is_directory(old->d_inode);
    if (replaced) {
        const int error = directory ? ramfs_rmdir(new_dir, replaced) : ramfs_unlink(new_dir, replaced);
        if (error) return error;
    }
    if (directory) {
        old_dir->i_nlink--;
        new_dir->i_nlink++;
    }
    touch_modified(old_dir);
    touch_modified(new_dir);
    return 0;
}

constexpr inode_operations directory_inode_ops{.create = ramfs_create,
                                               .link = ramfs_link,
                                               .unlink = ramfs_unlink,
                                               .symlink = ramfs_symlink,
                                               .mkdir = ramfs_mkdir,
                                               .rmdir = ramfs_rmdir,
                                               .rename = ramfs_rename};

// The file system -------------------------------------------------------------------------------------

void ramfs_clear_inode(inode* node) {
    ramfs_info* info = info_of(node->i_sb);
    if ((node->i_mode & S_IFMT) == S_IFLNK) kfree(node->i_private);
    spin_guard guard(&info->lock);
    info->used_pages -= static_cast<ulong>(node->i_blocks) / kBlocksInPage;
    info->inodes--;
}

void ramfs_statfs(super_block* sb, kstatfs* status) {
    const ramfs_info* info = info_of(sb);
    status->f_bsize = PAGE_SIZE;
    status->f_blocks = info->max_pages;
    status->f_bfree = status->f_bavail = info->max_pages - info->used_pages;
    status->f_files = info->inodes;
}

dentry* first_child(const dentry* d) {
    return list_entry(d->d_subdirs.next, dentry, d_child);
}

/// Visits the names below the root, leaves first; with `drop` they end.
bool ramfs_names_in_use(super_block* sb) {
    dentry* at = sb->s_root;
    int children = 0;
    for (const dentry* stop = sb->s_root;;) {
        const dentry* child = nullptr;
        children = 0;
        list_for_each_entry(child, &at->d_subdirs, d_child) children++;
        if (atomic_read(&at->d_count) != 1 + children) return true;
        if (children > 0) {
            at = first_child(at);
            continue;
        }
        while (at != stop && at->d_child.next == &at->d_parent->d_subdirs)
            at = at->d_parent;
        if (at == stop) return false;
        at = list_entry(at->d_child.next, dentry, d_child);
    }
}

void ramfs_drop_names(super_block* sb) {
    while (!list_empty(&sb->s_root->d_subdirs)) {
        dentry* leaf = first_child(sb->s_root);
        while (!list_empty(&leaf->d_subdirs))
            leaf = first_child(leaf);
        leaf->d_inode->i_nlink = 0;  // nobody will look for it any more
        dput(leaf);
    }
}

int ramfs_remount(super_block*, ulong) {
    return 0;
}

void ramfs_put_super(super_block* sb) {
    kfree(sb->s_fs_info);
}

constexpr super_operations ramfs_super{.clear_inode = ramfs_clear_inode,
                                       .statfs = ramfs_statfs,
                                       .remount = ramfs_remount,
                                       .names_in_use = ramfs_names_in_use,
                                       .drop_names = ramfs_drop_names,
                                       .put_super = ramfs_put_super};

int ramfs_fill_super(super_block* sb) {
    auto* info = static_cast<ramfs_info*>(kzalloc(sizeof(ramfs_info), GFP_KERNEL));
    if (!info) return -ENOMEM;
    spin_lock_init(&info->lock);
    info->max_pages = contig_zone.present_pages / 2;
    sb->s_fs_info = info;
    sb->s_op = &ramfs_super;
    sb->s_magic = RAMFS_MAGIC;
    inode* root = ramfs_inode(sb, S_IFDIR | 01777);
    const int error = root ? make_root(sb, root) : -ENOMEM;
    if (error) kfree(info);
    return error;
}

}  // namespace

extern const file_system_type ramfs_type;
constexpr file_system_type ramfs_type{.name = "ramfs", .wants_device = false, .fill_super = ramfs_fill_super};
