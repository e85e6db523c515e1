// SPDX-License-Identifier: GPL-2.0-or-later
// The second extended file system, revision 1, without a journal. The layout on the disk is that of D.
// Poirier, "The Second Extended File System: Internal Layout"; its sections are named where they apply.
#pragma once

#include "fs/buffer.h"
#include "fs/super.h"
#include "kernel/semaphore.h"

/// Super Block (section "Superblock"): 1024 bytes at byte 1024 of the device.
struct ext2_super_block {
    u32 s_inodes_count, s_blocks_count, s_r_blocks_count, s_free_blocks_count;
    u32 s_free_inodes_count, s_first_data_block, s_log_block_size, s_log_frag_size;
    u32 s_blocks_per_group, s_frags_per_group, s_inodes_per_group, s_mtime;
    u32 s_wtime;
    u16 s_mnt_count, s_max_mnt_count, s_magic, s_state;
    u16 s_errors, s_minor_rev_level;
    u32 s_lastcheck, s_checkinterval, s_creator_os, s_rev_level;
    u16 s_def_resuid, s_def_resgid;
    u32 s_first_ino;
    u16 s_inode_size, s_block_group_nr;
    u32 s_feature_compat, s_feature_incompat, s_feature_ro_compat;
    u8 s_rest[920];
};
static_assert(sizeof(ext2_super_block) == 1024);
constexpr u16 EXT2_MAGIC = 0xEF53;
enum : u16 { EXT2_VALID_FS = 1, EXT2_ERROR_FS = 2 };
enum : u32 { EXT2_FEATURE_INCOMPAT_FILETYPE = 2 };
enum : u32 { EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER = 1, EXT2_FEATURE_RO_COMPAT_LARGE_FILE = 2 };

/// "Block Group Descriptor Table": one a group, in the block behind the super block.
struct ext2_group_desc {
    u32 bg_block_bitmap, bg_inode_bitmap, bg_inode_table;
    u16 bg_free_blocks_count, bg_free_inodes_count, bg_used_dirs_count, bg_pad;
    u32 bg_reserved[3];
};
static_assert(sizeof(ext2_group_desc) == 32);

/// "Inode Table": the first 128 bytes of an inode; a larger record keeps the rest.
constexpr unsigned EXT2_NDIR_BLOCKS = 12, EXT2_N_BLOCKS = 15;
struct ext2_inode {
    u16 i_mode, i_uid;
    u32 i_size, i_atime, i_ctime, i_mtime, i_dtime;
    u16 i_gid, i_links_count;
    u32 i_blocks, i_flags, i_osd1;
    u32 i_block[EXT2_N_BLOCKS];
    u32 i_generation, i_file_acl, i_size_high, i_faddr;
    u8 i_frag, i_fsize;
    u16 i_pad, i_uid_high, i_gid_high;
    u32 i_reserved;
};
static_assert(sizeof(ext2_inode) == 128);
constexpr u32 EXT2_ROOT_INO = 2, EXT2_GOOD_OLD_FIRST_INO = 11;
constexpr u32 EXT2_INDEX_FL = 0x1000;  // the directory has a hash tree, which linear changes make invalid
constexpr unsigned EXT2_LINK_MAX = 32000;
constexpr u32 EXT2_XATTR_MAGIC = 0xEA020000;

/// "Linked List Directory": entries fill each block without a gap.
struct ext2_dir_entry {
    u32 inode;  // 0: unused
    u16 rec_len;
    u8 name_len, file_type;
    char name[];
};
constexpr unsigned EXT2_DIR_HEADER = 8;
constexpr unsigned ext2_dir_rec_len(unsigned name_len) {
    return (EXT2_DIR_HEADER + name_len + 3) & ~3u;
}

/// A mounted file system. `lock` guards all of it on the disk: bitmaps, descriptors, block maps, directories.
/// Order: i_mutex, page lock, lock.
struct ext2_sb_info {
    mutex lock;
    block_device* bdev;
    u32 block_size, block_bits, blocks_count, inodes_count, first_data_block;
    u32 blocks_per_group, inodes_per_group, groups, inode_size, first_ino;
    u32 pointers_bits;  // log2 of the block numbers in a block
    bool has_file_types;
    u16 mount_state;  // s_state when it was mounted
    buffer_head* super_buffer;
    ext2_super_block* es;  // in super_buffer
    unsigned desc_blocks;
    buffer_head** group_desc;  // the descriptors' blocks
};
/// inode::i_private. lock
struct ext2_inode_info {
    u32 i_data[EXT2_N_BLOCKS];  // block numbers, or a short symbolic link
    u32 i_flags, i_file_acl, i_dtime, i_generation;
    u32 goal;  // where the next block is looked for: behind the last one
};

inline ext2_sb_info* EXT2_SB(const super_block* sb) {
    return static_cast<ext2_sb_info*>(sb->s_fs_info);
}
inline ext2_inode_info* EXT2_I(const inode* node) {
    return static_cast<ext2_inode_info*>(node->i_private);
}
struct ext2_guard {
    explicit ext2_guard(const super_block* sb) : held(&EXT2_SB(sb)->lock) { mutex_lock(held); }
    ~ext2_guard() { mutex_unlock(held); }
    ext2_guard(const ext2_guard&) = delete;
    mutex* held;
};

// super.cpp
/// The disk contradicts itself: says so, and makes the file system read-only. Returns -EUCLEAN.
int ext2_error(super_block* sb, const char* what, u32 number);
ext2_group_desc* ext2_get_group_desc(const super_block* sb, u32 group, buffer_head** bh);
inline buffer_head* ext2_bread(const super_block* sb, u32 block) {
    return bread(EXT2_SB(sb)->bdev, block, EXT2_SB(sb)->block_size);
}
/// Can this be a block of a file?
inline bool ext2_valid_block(const ext2_sb_info* info, u32 block) {
    return block > info->first_data_block && block < info->blocks_count;
}

// alloc.cpp. lock held
/// A free block, near `goal`, marked used. 0 or -errno.
int ext2_new_block(super_block* sb, u32 goal, u32* block);
void ext2_free_block(super_block* sb, u32 block);
/// A free inode number, near the directory `dir`. 0 or -errno.
int ext2_new_ino(inode* dir, bool directory, u32* ino);
void ext2_free_ino(super_block* sb, u32 ino, bool directory);

// block_map.cpp. lock held
/// The block that holds the file's block `index`; 0 in a hole, which `create` fills (its contents are
/// undefined). 0 or -errno.
int ext2_get_block(inode* node, u32 index, bool create, u32* block);
/// Frees the blocks from the file's block `first` on.
void ext2_free_blocks_from(inode* node, u32 first);

// inode.cpp
/// The inode with this number, with a reference, or ERR_PTR. lock not held.
inode* ext2_iget(super_block* sb, u32 ino);
/// A new inode near `dir`, one link, or ERR_PTR. lock not held.
inode* ext2_new_inode(inode* dir, unsigned mode);
int ext2_write_inode(inode* node);
void ext2_delete_inode(inode* node);
void ext2_clear_inode(inode* node);
long ext2_readlink(inode* link, char* buffer, size_t size);

// dir.cpp. lock held; the directory's i_mutex, too
/// 0 and the inode's number, -ENOENT or -errno.
int ext2_find_entry(inode* dir, const char* name, unsigned length, u32* ino);
int ext2_add_entry(inode* dir, const char* name, unsigned length, const inode* child);
int ext2_delete_entry(inode* dir, const char* name, unsigned length);
/// The existing entry leads to `child` from now on.
int ext2_set_entry(inode* dir, const char* name, unsigned length, const inode* child);
/// "." and ".." of a new directory.
int ext2_make_empty(inode* dir, u32 parent_ino);
/// 0, -ENOTEMPTY or -errno.
int ext2_check_empty(inode* dir);
int ext2_readdir(file* filp, void* context,
                 int (*fill)(void*, const char*, unsigned, loff_t, ulong, unsigned));

extern const inode_operations ext2_directory_inode_ops, ext2_file_inode_ops, ext2_link_inode_ops;
extern const file_operations ext2_directory_ops, ext2_file_ops;
extern const address_space_operations ext2_pages;
/// fsync of files and directories.
int ext2_fsync(file* filp);
