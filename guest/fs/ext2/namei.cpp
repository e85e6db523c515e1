// SPDX-License-Identifier: GPL-2.0-or-later
// ext2: names that come, go and move.
#include "fs/ext2/ext2.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "lib/string.h"

namespace {

int ext2_lookup(inode* dir, dentry* child) {
    u32 ino = 0;
    {
        const ext2_guard guard(dir->i_sb);
        if (const int error = ext2_find_entry(dir, child->d_name.name, child->d_name.len, &ino)) return error;
    }
    inode* node = ext2_iget(dir->i_sb, ino);
    if (IS_ERR(node)) return static_cast<int>(PTR_ERR(node));
    d_add(child, node);
    return 0;
}

/// The new inode gets its name; without one it ends. 0 or -errno.
int add_name(inode* dir, dentry* child, inode* node, int error) {
    if (!error) {
        const ext2_guard guard(dir->i_sb);
        error = ext2_add_entry(dir, child->d_name.name, child->d_name.len, node);
    }
    mark_inode_dirty(node);
    if (error) {
        node->i_nlink = 0;
        iput(node);
    } else {
        d_add(child, node);
    }
    return error;
}

int ext2_create(inode* dir, dentry* child, unsigned mode) {
    inode* node = ext2_new_inode(dir, S_IFREG | mode);
    return IS_ERR(node) ? static_cast<int>(PTR_ERR(node)) : add_name(dir, child, node, 0);
}

int ext2_mkdir(inode* dir, dentry* child, unsigned mode) {
    if (dir->i_nlink >= EXT2_LINK_MAX) return -EMLINK;
    inode* node = ext2_new_inode(dir, S_IFDIR | mode);
    if (IS_ERR(node)) return static_cast<int>(PTR_ERR(node));
    int error = 0;
    {
        const ext2_guard guard(dir->i_sb);
        error = ext2_make_empty(node, static_cast<u32>(dir->i_ino));
    }
    node->i_nlink = 2;
    error = add_name(dir, child, node, error);
    if (!error) {
        dir->i_nlink++;
        mark_inode_dirty(dir);
    }
    return error;
}

int store_target(inode* node, const char* target, size_t length) {
    const ext2_sb_info* info = EXT2_SB(node->i_sb);
    const ext2_guard guard(node->i_sb);
    node->i_size = static_cast<loff_t>(length);
    if (length < sizeof EXT2_I(node)->i_data) {
        memcpy(EXT2_I(node)->i_data, target, length);
        return 0;
    }
    u32 block = 0;
    if (const int error = ext2_get_block(node, 0, true, &block)) return error;
    buffer_head* bh = get_zeroed_block(info->bdev, block, info->block_size);
    if (!bh) return -ENOMEM;
    memcpy(bh->b_data, target, length);
    brelse(bh);
    return 0;
}

int ext2_symlink(inode* dir, dentry* child, const char* target, size_t length) {
    if (length >= EXT2_SB(dir->i_sb)->block_size) return -ENAMETOOLONG;
    inode* node = ext2_new_inode(dir, S_IFLNK | 0777);
    if (IS_ERR(node)) return static_cast<int>(PTR_ERR(node));
    return add_name(dir, child, node, store_target(node, target, length));
}

int ext2_link(dentry* old, inode* dir, dentry* child) {
    inode* node = old->d_inode;
    if (node->i_nlink >= EXT2_LINK_MAX) return -EMLINK;
    {
        const ext2_guard guard(dir->i_sb);
        if (const int error = ext2_add_entry(dir, child->d_name.name, child->d_name.len, node)) return error;
    }
    node->i_nlink++;
    node->i_ctime = current_seconds();
    mark_inode_dirty(node);
    d_add(child, igrab(node));
    return 0;
}

void drop_link(inode* node, unsigned links) {
    node->i_nlink -= min(links, node->i_nlink);
    node->i_ctime = current_seconds();
    mark_inode_dirty(node);
}

int ext2_unlink(inode* dir, dentry* child) {
    const ext2_guard guard(dir->i_sb);
    const int error = ext2_delete_entry(dir, child->d_name.name, child->d_name.len);
    if (!error) drop_link(child->d_inode, 1);
    return error;
}

int ext2_rmdir(inode* dir, dentry* child) {
    const ext2_guard guard(dir->i_sb);
    int error = ext2_check_empty(child->d_inode);
    if (!error) error = ext2_delete_entry(dir, child->d_name.name, child->d_name.len);
    if (error) return error;
    drop_link(child->d_inode, 2);
    drop_link(dir, 1);
    return 0;
}

/// The name in the new directory: that of the replaced file, or a new one. lock held.
int enter_moved(inode* new_dir, const inode* node, const qstr* name, dentry* replaced) {
    const bool directory = is_directory(node);
    if (!replaced) return ext2_add_entry(new_dir, name->name, name->len, node);
    if (directory) {
        if (const int error = ext2_check_empty(replaced->d_inode)) return error;
    }
    if (const int error = ext2_set_entry(new_dir, name->name, name->len, node)) return error;
    drop_link(replaced->d_inode, directory ? 2 : 1);
    if (directory) drop_link(new_dir, 1);
    return 0;
}

int ext2_rename(inode* old_dir, dentry* old, inode* new_dir, const qstr* name, dentry* replaced) {
    inode* node = old->d_inode;
    const bool moves_directory = is_directory(node) && old_dir != new_dir;
    if (moves_directory && !replaced && new_dir->i_nlink >= EXT2_LINK_MAX) return -EMLINK;
    const ext2_guard guard(old_dir->i_sb);
    if (const int error = enter_moved(new_dir, node, name, replaced)) return error;
    if (is_directory(node)) new_dir->i_nlink++;
    int error = ext2_delete_entry(old_dir, old->d_name.name, old->d_name.len);
    if (is_directory(node)) drop_link(old_dir, 1);
    if (!error && moves_directory) error = ext2_set_entry(node, "..", 2, new_dir);
    mark_inode_dirty(new_dir);
    node->i_ctime = current_seconds();
    mark_inode_dirty(node);
    return error;
}

}  // namespace

const inode_operations ext2_directory_inode_ops{.lookup = ext2_lookup,
                                                .create = ext2_create,
                                                .link = ext2_link,
                                                .unlink = ext2_unlink,
                                                .symlink = ext2_symlink,
                                                .mkdir = ext2_mkdir,
                                                .rmdir = ext2_rmdir,
                                                .rename = ext2_rename};
const inode_operations ext2_link_inode_ops{.readlink = ext2_readlink};
