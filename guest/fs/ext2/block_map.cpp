// SPDX-License-Identifier: GPL-2.0-or-later
// ext2: from a file's block to the disk's, through up to three levels of indirect blocks (section "i_block").
#include "fs/ext2/ext2.h"
#include "kernel/errno.h"

namespace {

constexpr unsigned kMaxDepth = 4;

/// The way to a file's block: an index in i_data, then one in each indirect block.
struct block_path {
    u32 offsets[kMaxDepth];
    unsigned depth;  // 0: no file is so long
};

block_path path_to(const ext2_sb_info* info, u32 index) {
    const unsigned bits = info->pointers_bits;
    if (index < EXT2_NDIR_BLOCKS) return {{index}, 1};
    u64 rest = index - EXT2_NDIR_BLOCKS;
    for (unsigned levels = 1; levels < kMaxDepth; levels++) {
        const u64 reach = 1ull << (bits * levels);
        if (rest < reach) {
            block_path path{{EXT2_NDIR_BLOCKS + levels - 1}, levels + 1};
            for (unsigned i = levels; i > 0; i--) {
                path.offsets[i] = static_cast<u32>(rest & ((1u << bits) - 1));
                rest >>= bits;
            }
            return path;
        }
        rest -= reach;
    }
    return {{}, 0};
}

u32* pointers(const buffer_head* bh) {
    return reinterpret_cast<u32*>(bh->b_data);
}

/// A new block for the file; one for pointers is all zeros. 0 or -errno.
int add_block(inode* node, bool for_pointers, u32* block) {
    ext2_inode_info* ei = EXT2_I(node);
    const ext2_sb_info* info = EXT2_SB(node->i_sb);
    if (const int error = ext2_new_block(node->i_sb, ei->goal, block)) return error;
    if (for_pointers) {
        buffer_head* bh = get_zeroed_block(info->bdev, *block, info->block_size);
        if (!bh) {
            ext2_free_block(node->i_sb, *block);
            return -ENOMEM;
        }
        brelse(bh);
    }
    ei->goal = *block + 1;
    node->i_blocks += info->block_size / 512;
    mark_inode_dirty(node);
    return 0;
}

void drop_block(inode* node, u32 block) {
    const u32 units = EXT2_SB(node->i_sb)->block_size / 512;
    ext2_free_block(node->i_sb, block);
    node->i_blocks -= min<u64>(units, node->i_blocks);
    mark_inode_dirty(node);
}

/// Frees what a pointer leads to from `first` on, counted in file blocks from the first one below it.
/// `levels` of pointers lie between. True: the pointer leads to nothing any more.
bool free_below(inode* node, u32 block, unsigned levels, u64 first) {
    const ext2_sb_info* info = EXT2_SB(node->i_sb);
    if (!ext2_valid_block(info, block)) {
        ext2_error(node->i_sb, "a file has block", block);
        return true;
    }
    if (levels == 0) {
        drop_block(node, block);
        return true;
    }
    buffer_head* bh = ext2_bread(node->i_sb, block);
    if (!bh) return false;
    const unsigned shift = info->pointers_bits * (levels - 1);
    const u64 span = 1ull << shift;
    for (u64 i = first >> shift; i < (1ull << info->pointers_bits); i++) {
        u32& pointer = pointers(bh)[i];
        const u64 from = i == first >> shift ? first & (span - 1) : 0;
        if (!pointer || !free_below(node, pointer, levels - 1, from)) continue;
        pointer = 0;
        mark_buffer_dirty(bh);
    }
    brelse(bh);
    if (first > 0) return false;
    drop_block(node, block);
    return true;
}

}  // namespace

int ext2_get_block(inode* node, u32 index, bool create, u32* block) {
    const ext2_sb_info* info = EXT2_SB(node->i_sb);
    const block_path path = path_to(info, index);
    *block = 0;
    if (path.depth == 0) return -EFBIG;
    buffer_head* bh = nullptr;
    u32* slot = &EXT2_I(node)->i_data[path.offsets[0]];
    int error = 0;
    for (unsigned level = 0;; level++) {
        const bool last = level + 1 == path.depth;
        if (!*slot) {
            if (!create) break;
            u32 fresh = 0;
            error = add_block(node, !last, &fresh);
            if (error) break;
            *slot = fresh;
            if (bh) mark_buffer_dirty(bh);
        }
        const u32 here = *slot;
        if (!ext2_valid_block(info, here)) error = ext2_error(node->i_sb, "a file has block", here);
        if (last && !error) *block = here;
        if (last || error) break;
        brelse(bh);
        bh = ext2_bread(node->i_sb, here);
        if (!bh) return -EIO;
        slot = &pointers(bh)[path.offsets[level + 1]];
    }
    brelse(bh);
    return error;
}

void ext2_free_blocks_from(inode* node, u32 first) {
    ext2_inode_info* ei = EXT2_I(node);
    const unsigned bits = EXT2_SB(node->i_sb)->pointers_bits;
    u64 start = 0;  // the first file block that i_data[i] leads to
    for (unsigned i = 0; i < EXT2_N_BLOCKS; i++) {
        const unsigned levels = i < EXT2_NDIR_BLOCKS ? 0 : i - EXT2_NDIR_BLOCKS + 1;
        const u64 reach = 1ull << (bits * levels);
        if (ei->i_data[i] && first < start + reach) {
            if (free_below(node, ei->i_data[i], levels, first > start ? first - start : 0)) ei->i_data[i] = 0;
        }
        start += reach;
    }
    ei->goal = 0;
    mark_inode_dirty(node);
}
