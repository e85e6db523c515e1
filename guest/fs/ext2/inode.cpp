// SPDX-License-Identifier: GPL-2.0-or-later
// ext2: inodes between the disk's table and memory (section "Inode Table").
#include "fs/ext2/ext2.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/slab.h"

namespace {

constexpr unsigned kShortLink = EXT2_N_BLOCKS * 4;

/// The record of an inode in the table, in *bh, which the caller releases; or ERR_PTR. lock held.
ext2_inode* get_record(const super_block* sb, ulong ino, buffer_head** bh) {
    const ext2_sb_info* info = EXT2_SB(sb);
    if (ino < 1 || ino > info->inodes_count) return ERR_PTR<ext2_inode>(-EUCLEAN);
    buffer_head* desc_buffer = nullptr;
    const u32 group = static_cast<u32>(ino - 1) / info->inodes_per_group;
    const u32 offset = (static_cast<u32>(ino - 1) % info->inodes_per_group) * info->inode_size;
    const ext2_group_desc* desc = ext2_get_group_desc(sb, group, &desc_buffer);
    *bh = ext2_bread(sb, desc->bg_inode_table + (offset >> info->block_bits));
    if (!*bh) return ERR_PTR<ext2_inode>(-EIO);
    return reinterpret_cast<ext2_inode*>((*bh)->b_data + (offset & (info->block_size - 1)));
}

bool is_short_link(const inode* node) {
    const u32 units = EXT2_SB(node->i_sb)->block_size / 512;
    return (node->i_mode & S_IFMT) == S_IFLNK && node->i_blocks == (EXT2_I(node)->i_file_acl ? units : 0);
}

void set_operations(inode* node) {
    switch (node->i_mode & S_IFMT) {
        case S_IFREG:
            node->i_op = &ext2_file_inode_ops;
            node->i_fop = &ext2_file_ops;
            node->i_data.a_ops = &ext2_pages;
            break;
        case S_IFDIR:
            node->i_op = &ext2_directory_inode_ops;
            node->i_fop = &ext2_directory_ops;
            break;
        case S_IFLNK:
            node->i_op = &ext2_link_inode_ops;
            break;
        case S_IFCHR:
            node->i_rdev = static_cast<u16>(EXT2_I(node)->i_data[0]);
            node->i_fop = find_device(node->i_rdev);
            break;
    }
}

int fill_inode(inode* node, const ext2_inode* raw) {
    ext2_inode_info* ei = EXT2_I(node);
    if (raw->i_links_count == 0) return -EUCLEAN;  // a name leads to a deleted inode
    node->i_mode = raw->i_mode;
    node->i_nlink = raw->i_links_count;
    node->i_uid = raw->i_uid | static_cast<u32>(raw->i_uid_high) << 16;
    node->i_gid = raw->i_gid | static_cast<u32>(raw->i_gid_high) << 16;
    node->i_atime = raw->i_atime;
    node->i_mtime = raw->i_mtime;
    node->i_ctime = raw->i_ctime;
    node->i_blocks = raw->i_blocks;
    u64 size = raw->i_size;
    if ((raw->i_mode & S_IFMT) == S_IFREG) size |= static_cast<u64>(raw->i_size_high) << 32;
    if (size > static_cast<u64>(16) << 40) return -EUCLEAN;
    node->i_size = static_cast<loff_t>(size);
    memcpy(ei->i_data, raw->i_block, sizeof ei->i_data);
    ei->i_flags = raw->i_flags;
    ei->i_file_acl = raw->i_file_acl;
    ei->i_generation = raw->i_generation;
    set_operations(node);
    return 0;
}

/// The attributes into the record; one that is new (`fresh`) is zeroed first. lock held.
int store(inode* node, bool fresh) {
    buffer_head* bh = nullptr;
    ext2_inode* raw = get_record(node->i_sb, node->i_ino, &bh);
    if (IS_ERR(raw)) return static_cast<int>(PTR_ERR(raw));
    const ext2_inode_info* ei = EXT2_I(node);
    if (fresh) memset(raw, 0, EXT2_SB(node->i_sb)->inode_size);
    raw->i_mode = static_cast<u16>(node->i_mode);
    raw->i_links_count = static_cast<u16>(node->i_nlink);
    raw->i_uid = static_cast<u16>(node->i_uid);
    raw->i_uid_high = static_cast<u16>(node->i_uid >> 16);
    raw->i_gid = static_cast<u16>(node->i_gid);
    raw->i_gid_high = static_cast<u16>(node->i_gid >> 16);
    raw->i_atime = node->i_atime;
    raw->i_mtime = node->i_mtime;
    raw->i_ctime = node->i_ctime;
    raw->i_dtime = ei->i_dtime;
    raw->i_blocks = static_cast<u32>(node->i_blocks);
    raw->i_size = static_cast<u32>(node->i_size);
    if ((node->i_mode & S_IFMT) == S_IFREG) raw->i_size_high = static_cast<u32>(node->i_size >> 32);
    raw->i_flags = ei->i_flags;
    raw->i_file_acl = ei->i_file_acl;
    raw->i_generation = ei->i_generation;
    memcpy(raw->i_block, ei->i_data, sizeof ei->i_data);
    mark_buffer_dirty(bh);
    brelse(bh);
    if (node->i_size > 0x7FFFFFFF) {
        EXT2_SB(node->i_sb)->es->s_feature_ro_compat |= EXT2_FEATURE_RO_COMPAT_LARGE_FILE;
        mark_buffer_dirty(EXT2_SB(node->i_sb)->super_buffer);
    }
    return 0;
}

/// A block of attributes that this code does not read may be shared by several files: the last one frees it.
/// lock held.
void drop_attributes(inode* node) {
    struct header {
        u32 magic, refcount;
    };
    const u32 block = EXT2_I(node)->i_file_acl;
    buffer_head* bh = ext2_valid_block(EXT2_SB(node->i_sb), block) ? ext2_bread(node->i_sb, block) : nullptr;
    auto* head = bh ? reinterpret_cast<header*>(bh->b_data) : nullptr;
    const bool good = head && head->magic == EXT2_XATTR_MAGIC && head->refcount > 0;
    const bool last = good && --head->refcount == 0;
    if (good) mark_buffer_dirty(bh);
    brelse(bh);
    if (!good) ext2_error(node->i_sb, "bad block of attributes", block);
    if (last) ext2_free_block(node->i_sb, block);
}

}  // namespace

inode* ext2_iget(super_block* sb, u32 ino) {
    inode* node = iget_locked(sb, ino);
    if (!node) return ERR_PTR<inode>(-ENOMEM);
    if (IS_ERR(node) || !test_bit(I_NEW, &node->i_state)) return node;
    node->i_private = kzalloc(sizeof(ext2_inode_info), GFP_KERNEL);
    int error = node->i_private ? 0 : -ENOMEM;
    if (!error) {
        const ext2_guard guard(sb);
        buffer_head* bh = nullptr;
        const ext2_inode* raw = get_record(sb, ino, &bh);
        error = IS_ERR(raw) ? static_cast<int>(PTR_ERR(raw)) : fill_inode(node, raw);
        brelse(bh);
        if (error == -EUCLEAN) ext2_error(sb, "a name leads to inode", ino);
    }
    if (error) {
        iget_failed(node);
        return ERR_PTR<inode>(error);
    }
    unlock_new_inode(node);
    return node;
}

inode* ext2_new_inode(inode* dir, unsigned mode) {
    const bool directory = (mode & S_IFMT) == S_IFDIR;
    void* ei = kzalloc(sizeof(ext2_inode_info), GFP_KERNEL);
    if (!ei) return ERR_PTR<inode>(-ENOMEM);
    u32 ino = 0;
    int error = 0;
    {
        const ext2_guard guard(dir->i_sb);
        error = ext2_new_ino(dir, directory, &ino);
    }
    inode* node = error ? nullptr : new_inode_of(dir->i_sb, mode, ino);
    if (!node) {
        kfree(ei);
        const ext2_guard guard(dir->i_sb);
        if (!error) ext2_free_ino(dir->i_sb, ino, directory);
        return ERR_PTR<inode>(error ? error : -ENOMEM);
    }
    node->i_private = ei;
    const ext2_guard guard(dir->i_sb);
    const ext2_sb_info* info = EXT2_SB(dir->i_sb);
    EXT2_I(node)->goal =
        info->first_data_block + (ino - 1) / info->inodes_per_group * info->blocks_per_group + 1;
    set_operations(node);
    store(node, true);
    return node;
}

int ext2_write_inode(inode* node) {
    const ext2_guard guard(node->i_sb);
    return store(node, false);
}

void ext2_delete_inode(inode* node) {
    const ext2_guard guard(node->i_sb);
    if (node->i_sb->s_flags & MS_RDONLY) return;  // since the damage was found: e2fsck will free it
    if (!is_short_link(node) && (node->i_mode & S_IFMT) != S_IFCHR) ext2_free_blocks_from(node, 0);
    if (EXT2_I(node)->i_file_acl) {
        drop_attributes(node);
        EXT2_I(node)->i_file_acl = 0;
    }
    node->i_size = 0;
    node->i_blocks = 0;
    EXT2_I(node)->i_dtime = current_seconds();
    store(node, false);
    ext2_free_ino(node->i_sb, static_cast<u32>(node->i_ino), (node->i_mode & S_IFMT) == S_IFDIR);
}

void ext2_clear_inode(inode* node) {
    kfree(node->i_private);
}

long ext2_readlink(inode* link, char* buffer, size_t size) {
    const size_t length = static_cast<size_t>(link->i_size);
    const ext2_guard guard(link->i_sb);
    if (is_short_link(link)) {
        if (length >= kShortLink)
            return ext2_error(link->i_sb, "bad length of link, inode", static_cast<u32>(link->i_ino));
        memcpy(buffer, EXT2_I(link)->i_data, min(length, size));
        return static_cast<long>(min(length, size));
    }
    u32 block = 0;
    if (length > EXT2_SB(link->i_sb)->block_size || length >= size) return -ENAMETOOLONG;
    if (const int error = ext2_get_block(link, 0, false, &block)) return error;
    buffer_head* bh = block ? ext2_bread(link->i_sb, block) : nullptr;
    if (!bh) return -EIO;
    memcpy(buffer, bh->b_data, length);
    brelse(bh);
    return static_cast<long>(length);
}
