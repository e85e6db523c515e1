// SPDX-License-Identifier: GPL-2.0-or-later
// ext2: free blocks and inodes, by the bitmaps of the groups (sections "Block Bitmap", "Inode Bitmap").
#include "fs/ext2/ext2.h"
#include "kernel/errno.h"

namespace {

bool test_le(const buffer_head* bitmap, u32 bit) {
    return (static_cast<u8>(bitmap->b_data[bit / 8]) >> (bit % 8)) & 1;
}
void set_le(buffer_head* bitmap, u32 bit) {
    bitmap->b_data[bit / 8] = static_cast<char>(bitmap->b_data[bit / 8] | (1 << (bit % 8)));
    mark_buffer_dirty(bitmap);
}
void clear_le(buffer_head* bitmap, u32 bit) {
    bitmap->b_data[bit / 8] = static_cast<char>(bitmap->b_data[bit / 8] & ~(1 << (bit % 8)));
    mark_buffer_dirty(bitmap);
}

/// The first clear bit in [from, end), or `end`.
u32 find_zero(const buffer_head* bitmap, u32 from, u32 end) {
    while (from < end && test_le(bitmap, from)) {
        from++;
        while (from % 8 == 0 && from + 8 <= end && bitmap->b_data[from / 8] == static_cast<char>(0xFF))
            from += 8;
    }
    return from;
}

u32 first_block_of(const ext2_sb_info* info, u32 group) {
    return info->first_data_block + group * info->blocks_per_group;
}
u32 blocks_in(const ext2_sb_info* info, u32 group) {
    return min(info->blocks_per_group, info->blocks_count - first_block_of(info, group));
}

/// Does the block hold the group's bitmaps or inodes?
bool is_system_block(const ext2_sb_info* info, const ext2_group_desc* desc, u32 block) {
    const u32 table = (info->inodes_per_group * info->inode_size + info->block_size - 1) >> info->block_bits;
    return block == desc->bg_block_bitmap || block == desc->bg_inode_bitmap ||
           (block >= desc->bg_inode_table && block < desc->bg_inode_table + table);
}

/// A free block of one group, from bit `from` on, else from the start. -ENOSPC: there is none.
int take_from_group(super_block* sb, u32 group, u32 from, u32* block) {
    ext2_sb_info* info = EXT2_SB(sb);
    buffer_head* desc_buffer = nullptr;
    ext2_group_desc* desc = ext2_get_group_desc(sb, group, &desc_buffer);
    if (desc->bg_free_blocks_count == 0) return -ENOSPC;
    buffer_head* bitmap = ext2_bread(sb, desc->bg_block_bitmap);
    if (!bitmap) return -EIO;
    const u32 end = blocks_in(info, group);
    u32 bit = find_zero(bitmap, from, end);
    if (bit >= end) bit = find_zero(bitmap, 0, end);
    int error = bit >= end ? ext2_error(sb, "no free block where some should be, group", group) : 0;
    if (!error) {
        *block = first_block_of(info, group) + bit;
        set_le(bitmap, bit);
        if (is_system_block(info, desc, *block))
            error = ext2_error(sb, "bitmap shows as free the system's block", *block);
    }
    brelse(bitmap);
    if (error) return error;
    desc->bg_free_blocks_count--;
    mark_buffer_dirty(desc_buffer);
    info->es->s_free_blocks_count--;
    mark_buffer_dirty(info->super_buffer);
    return 0;
}

/// The group for a new inode: of a directory the one with the most free blocks, of a file its directory's or
/// the next with a free inode. `groups` if there is none.
u32 choose_group(super_block* sb, u32 parent_group, bool directory) {
    const ext2_sb_info* info = EXT2_SB(sb);
    u32 best = info->groups, best_free = 0;
    for (u32 i = 0; i < info->groups; i++) {
        const u32 group = (parent_group + i) % info->groups;
        buffer_head* bh = nullptr;
        const ext2_group_desc* desc = ext2_get_group_desc(sb, group, &bh);
        if (desc->bg_free_inodes_count == 0) continue;
        if (!directory) return group;
        if (best < info->groups && desc->bg_free_blocks_count <= best_free) continue;
        best = group;
        best_free = desc->bg_free_blocks_count;
    }
    return best;
}

}  // namespace

int ext2_new_block(super_block* sb, u32 goal, u32* block) {
    const ext2_sb_info* info = EXT2_SB(sb);
    if (sb->s_flags & MS_RDONLY) return -EROFS;
    if (!ext2_valid_block(info, goal)) goal = info->first_data_block;
    const u32 start = (goal - info->first_data_block) / info->blocks_per_group;
    u32 from = (goal - info->first_data_block) % info->blocks_per_group;
    for (u32 i = 0; i < info->groups; i++) {
        const int error = take_from_group(sb, (start + i) % info->groups, from, block);
        if (error != -ENOSPC) return error;
        from = 0;
    }
    return -ENOSPC;
}

void ext2_free_block(super_block* sb, u32 block) {
    ext2_sb_info* info = EXT2_SB(sb);
    if (!ext2_valid_block(info, block)) {
        ext2_error(sb, "a file has block", block);
        return;
    }
    const u32 group = (block - info->first_data_block) / info->blocks_per_group;
    const u32 bit = (block - info->first_data_block) % info->blocks_per_group;
    buffer_head* desc_buffer = nullptr;
    ext2_group_desc* desc = ext2_get_group_desc(sb, group, &desc_buffer);
    if (is_system_block(info, desc, block)) {
        ext2_error(sb, "a file has the system's block", block);
        return;
    }
    buffer_head* bitmap = ext2_bread(sb, desc->bg_block_bitmap);
    if (!bitmap) return;
    if (!test_le(bitmap, bit)) {
        ext2_error(sb, "freed twice: block", block);
    } else {
        clear_le(bitmap, bit);
        desc->bg_free_blocks_count++;
        mark_buffer_dirty(desc_buffer);
        info->es->s_free_blocks_count++;
        mark_buffer_dirty(info->super_buffer);
    }
    brelse(bitmap);
    forget_block(info->bdev, block, info->block_size);
}

int ext2_new_ino(inode* dir, bool directory, u32* ino) {
    super_block* sb = dir->i_sb;
    ext2_sb_info* info = EXT2_SB(sb);
    if (sb->s_flags & MS_RDONLY) return -EROFS;
    const u32 group = choose_group(sb, static_cast<u32>(dir->i_ino - 1) / info->inodes_per_group, directory);
    if (group >= info->groups) return -ENOSPC;
    buffer_head* desc_buffer = nullptr;
    ext2_group_desc* desc = ext2_get_group_desc(sb, group, &desc_buffer);
    buffer_head* bitmap = ext2_bread(sb, desc->bg_inode_bitmap);
    if (!bitmap) return -EIO;
    const u32 bit = find_zero(bitmap, 0, info->inodes_per_group);
    *ino = group * info->inodes_per_group + bit + 1;
    int error = 0;
    if (bit >= info->inodes_per_group || *ino < info->first_ino) {
        error = ext2_error(sb, "damaged bitmap of inodes, group", group);
    } else {
        set_le(bitmap, bit);
    }
    brelse(bitmap);
    if (error) return error;
    desc->bg_free_inodes_count--;
    if (directory) desc->bg_used_dirs_count++;
    mark_buffer_dirty(desc_buffer);
    info->es->s_free_inodes_count--;
    mark_buffer_dirty(info->super_buffer);
    return 0;
}

void ext2_free_ino(super_block* sb, u32 ino, bool directory) {
    ext2_sb_info* info = EXT2_SB(sb);
    const u32 group = (ino - 1) / info->inodes_per_group, bit = (ino - 1) % info->inodes_per_group;
    buffer_head* desc_buffer = nullptr;
    ext2_group_desc* desc = ext2_get_group_desc(sb, group, &desc_buffer);
    buffer_head* bitmap = ext2_bread(sb, desc->bg_inode_bitmap);
    if (!bitmap) return;
    if (!test_le(bitmap, bit)) {
        ext2_error(sb, "freed twice: inode", ino);
    } else {
        clear_le(bitmap, bit);
        desc->bg_free_inodes_count++;
        if (directory && desc->bg_used_dirs_count > 0) desc->bg_used_dirs_count--;
        mark_buffer_dirty(desc_buffer);
        info->es->s_free_inodes_count++;
        mark_buffer_dirty(info->super_buffer);
    }
    brelse(bitmap);
}
