// SPDX-License-Identifier: GPL-2.0-or-later
// ext2: mounting, checking what the disk claims, and the state that is written back at the end.
#include "block/block.h"
#include "fs/ext2/ext2.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/slab.h"

namespace {

constexpr u32 kSupportedIncompat = EXT2_FEATURE_INCOMPAT_FILETYPE;
constexpr u32 kSupportedRoCompat = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE;
constexpr u32 kSuperOffset = 1024;
constexpr unsigned kMaxBlockBits = 12;

int refuse(const super_block* sb, const char* why, u32 number) {
    printk("ext2: %s: %s (%u)\n", sb->s_source, why, number);
    return -EINVAL;
}

bool is_power_of_two(u32 n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/// The numbers on which everything else is computed. 0 or -EINVAL, with a message.
int check_geometry(const super_block* sb, const ext2_super_block& es) {
    const u32 bits = es.s_log_block_size + 10;
    if (es.s_log_block_size > 2) return refuse(sb, "unsupported block size, log2", bits);
    const u32 block_size = 1u << bits, in_bitmap = block_size * 8;
    if (es.s_rev_level > 1) return refuse(sb, "unknown revision", es.s_rev_level);
    if (es.s_first_data_block != (bits == 10 ? 1u : 0u))
        return refuse(sb, "bad first block", es.s_first_data_block);
    if (es.s_blocks_per_group == 0 || es.s_blocks_per_group > in_bitmap || es.s_blocks_per_group % 8)
        return refuse(sb, "bad number of blocks in a group", es.s_blocks_per_group);
    if (es.s_inodes_per_group == 0 || es.s_inodes_per_group > in_bitmap)
        return refuse(sb, "bad number of inodes in a group", es.s_inodes_per_group);
    const u64 on_device = static_cast<u64>(sb->s_bdev->sectors) >> (bits - SECTOR_SHIFT);
    if (es.s_blocks_count <= es.s_first_data_block + 1 || es.s_blocks_count > on_device)
        return refuse(sb, "more blocks than the device has", es.s_blocks_count);
    const u32 inode_size = es.s_rev_level == 0 ? 128 : es.s_inode_size;
    if (!is_power_of_two(inode_size) || inode_size < 128 || inode_size > block_size)
        return refuse(sb, "bad size of inodes", inode_size);
    const u32 groups = (es.s_blocks_count - es.s_first_data_block - 1) / es.s_blocks_per_group + 1;
    if (es.s_inodes_count != static_cast<u64>(groups) * es.s_inodes_per_group)
        return refuse(sb, "bad number of inodes", es.s_inodes_count);
    return 0;
}

/// What this code does not know: some of it forbids writing, some of it everything.
int check_features(super_block* sb, const ext2_super_block& es) {
    if (es.s_rev_level == 0) return 0;
    if (es.s_feature_incompat & ~kSupportedIncompat)
        return refuse(sb, "cannot be mounted: unsupported features",
                      es.s_feature_incompat & ~kSupportedIncompat);
    if ((es.s_feature_ro_compat & ~kSupportedRoCompat) && !(sb->s_flags & MS_RDONLY))
        return refuse(sb, "cannot be mounted for writing: unsupported features",
                      es.s_feature_ro_compat & ~kSupportedRoCompat);
    return 0;
}

void take_geometry(ext2_sb_info* info, const ext2_super_block& es) {
    info->block_bits = es.s_log_block_size + 10;
    info->block_size = 1u << info->block_bits;
    info->pointers_bits = info->block_bits - 2;
    info->blocks_count = es.s_blocks_count;
    info->inodes_count = es.s_inodes_count;
    info->first_data_block = es.s_first_data_block;
    info->blocks_per_group = es.s_blocks_per_group;
    info->inodes_per_group = es.s_inodes_per_group;
    info->groups = (es.s_blocks_count - es.s_first_data_block - 1) / es.s_blocks_per_group + 1;
    info->inode_size = es.s_rev_level == 0 ? 128u : es.s_inode_size;
    info->first_ino =
        es.s_rev_level == 0 ? EXT2_GOOD_OLD_FIRST_INO : max(es.s_first_ino, EXT2_GOOD_OLD_FIRST_INO);
    info->has_file_types = es.s_rev_level > 0 && (es.s_feature_incompat & EXT2_FEATURE_INCOMPAT_FILETYPE);
    info->mount_state = es.s_state;
}

/// Bitmaps and inode tables lie inside the file system. 0 or -EINVAL.
int check_groups(const super_block* sb) {
    const ext2_sb_info* info = EXT2_SB(sb);
    const u32 table = (info->inodes_per_group * info->inode_size + info->block_size - 1) >> info->block_bits;
    for (u32 group = 0; group < info->groups; group++) {
        buffer_head* bh = nullptr;
        const ext2_group_desc* desc = ext2_get_group_desc(sb, group, &bh);
        const bool good = ext2_valid_block(info, desc->bg_block_bitmap) &&
                          ext2_valid_block(info, desc->bg_inode_bitmap) &&
                          ext2_valid_block(info, desc->bg_inode_table) &&
                          info->blocks_count - desc->bg_inode_table >= table;
        if (!good) return refuse(sb, "damaged descriptor of group", group);
    }
    return 0;
}

void release(ext2_sb_info* info) {
    for (unsigned i = 0; info->group_desc && i < info->desc_blocks; i++)
        brelse(info->group_desc[i]);
    brelse(info->super_buffer);
    invalidate_buffers(info->bdev);
    kfree(info->group_desc);
    kfree(info);
}

/// The super block's buffer and the descriptors', which stay in memory. 0 or -errno.
int read_tables(ext2_sb_info* info) {
    const u32 super_at = kSuperOffset >> info->block_bits;
    info->super_buffer = bread(info->bdev, super_at, info->block_size);
    if (!info->super_buffer) return -EIO;
    const u32 offset = kSuperOffset & (info->block_size - 1);
    info->es = reinterpret_cast<ext2_super_block*>(info->super_buffer->b_data + offset);
    const u32 per_block = info->block_size / sizeof(ext2_group_desc);
    info->desc_blocks = (info->groups + per_block - 1) / per_block;
    info->group_desc =
        static_cast<buffer_head**>(kzalloc(info->desc_blocks * sizeof(buffer_head*), GFP_KERNEL));
    if (!info->group_desc) return -ENOMEM;
    for (unsigned i = 0; i < info->desc_blocks; i++) {
        info->group_desc[i] = bread(info->bdev, info->first_data_block + 1 + i, info->block_size);
        if (!info->group_desc[i]) return -EIO;
    }
    return 0;
}

/// While it is mounted for writing a file system is not clean. 0 or -EIO.
int set_state(super_block* sb, bool clean) {
    ext2_sb_info* info = EXT2_SB(sb);
    const ext2_guard guard(sb);
    const u16 errors = info->es->s_state & EXT2_ERROR_FS;
    info->es->s_state = static_cast<u16>((clean ? info->mount_state & EXT2_VALID_FS : 0) | errors);
    if (clean) {
        info->es->s_wtime = current_seconds();
    } else {
        info->es->s_mnt_count++;
        info->es->s_mtime = current_seconds();
    }
    mark_buffer_dirty(info->super_buffer);
    return sync_buffers(info->bdev);
}

int begin_writing(super_block* sb) {
    if (!(EXT2_SB(sb)->mount_state & EXT2_VALID_FS) || (EXT2_SB(sb)->mount_state & EXT2_ERROR_FS))
        printk("ext2: %s: was not unmounted or has errors: e2fsck is recommended\n", sb->s_source);
    start_writeback();
    return set_state(sb, false);
}

int ext2_sync_fs(super_block* sb) {
    const ext2_guard guard(sb);
    return sync_buffers(EXT2_SB(sb)->bdev);
}

void ext2_statfs(super_block* sb, kstatfs* status) {
    const ext2_super_block* es = EXT2_SB(sb)->es;
    status->f_bsize = EXT2_SB(sb)->block_size;
    status->f_blocks = es->s_blocks_count;
    status->f_bfree = status->f_bavail = es->s_free_blocks_count;
    status->f_files = es->s_inodes_count;
    status->f_ffree = es->s_free_inodes_count;
}

int ext2_remount(super_block* sb, ulong flags) {
    if (flags & MS_RDONLY) return set_state(sb, true);
    if (EXT2_SB(sb)->es->s_rev_level > 0 && (EXT2_SB(sb)->es->s_feature_ro_compat & ~kSupportedRoCompat))
        return -EROFS;
    if (EXT2_SB(sb)->es->s_state & EXT2_ERROR_FS) return -EROFS;  // not before it is repaired
    EXT2_SB(sb)->mount_state = EXT2_SB(sb)->es->s_state;
    return begin_writing(sb);
}

void ext2_put_super(super_block* sb) {
    if (!(sb->s_flags & MS_RDONLY)) set_state(sb, true);
    release(EXT2_SB(sb));
}

constexpr super_operations ext2_super{.write_inode = ext2_write_inode,
                                      .delete_inode = ext2_delete_inode,
                                      .clear_inode = ext2_clear_inode,
                                      .sync_fs = ext2_sync_fs,
                                      .statfs = ext2_statfs,
                                      .remount = ext2_remount,
                                      .put_super = ext2_put_super};

/// Everything but the root. 0 or -errno; on failure s_fs_info may be set.
int read_super(super_block* sb, ext2_super_block* es) {
    if (blkdev_read(sb->s_bdev, kSuperOffset >> SECTOR_SHIFT, es, sizeof *es >> SECTOR_SHIFT)) return -EIO;
    if (es->s_magic != EXT2_MAGIC) return -EINVAL;
    if (const int error = check_geometry(sb, *es)) return error;
    if (const int error = check_features(sb, *es)) return error;
    auto* info = static_cast<ext2_sb_info*>(kzalloc(sizeof(ext2_sb_info), GFP_KERNEL));
    if (!info) return -ENOMEM;
    mutex_init(&info->lock);
    info->bdev = sb->s_bdev;
    take_geometry(info, *es);
    sb->s_fs_info = info;
    sb->s_op = &ext2_super;
    sb->s_magic = EXT2_MAGIC;
    sb->s_dev = sb->s_bdev->rdev;
    if (const int error = read_tables(info)) return error;
    return check_groups(sb);
}

int mount_root(super_block* sb) {
    inode* root = ext2_iget(sb, EXT2_ROOT_INO);
    if (IS_ERR(root)) return static_cast<int>(PTR_ERR(root));
    if ((root->i_mode & S_IFMT) != S_IFDIR) {
        iput(root);
        return refuse(sb, "the root is not a directory", root->i_mode);
    }
    return make_root(sb, root);
}

int ext2_fill_super(super_block* sb) {
    auto* es = static_cast<ext2_super_block*>(kmalloc(sizeof(ext2_super_block), GFP_KERNEL));
    if (!es) return -ENOMEM;
    int error = read_super(sb, es);
    kfree(es);
    // Longest file: what the map of blocks reaches, and what i_blocks can count.
    sb->s_maxbytes = 16ll << 30;
    if (!error) error = mount_root(sb);
    if (!error && !(sb->s_flags & MS_RDONLY)) error = begin_writing(sb);
    if (!error) return 0;
    if (sb->s_root) d_free_root(sb->s_root);
    invalidate_inodes(sb);
    if (sb->s_fs_info) release(EXT2_SB(sb));
    return error;
}

}  // namespace

int ext2_error(super_block* sb, const char* what, u32 number) {
    ext2_sb_info* info = EXT2_SB(sb);
    printk("ext2: %s: damaged: %s %u; it is read-only now\n", sb->s_source, what, number);
    info->es->s_state |= EXT2_ERROR_FS;
    mark_buffer_dirty(info->super_buffer);
    sb->s_flags |= MS_RDONLY;
    return -EUCLEAN;
}

ext2_group_desc* ext2_get_group_desc(const super_block* sb, u32 group, buffer_head** bh) {
    const ext2_sb_info* info = EXT2_SB(sb);
    BUG_ON(group >= info->groups);
    const u32 per_block = info->block_size / sizeof(ext2_group_desc);
    *bh = info->group_desc[group / per_block];
    return reinterpret_cast<ext2_group_desc*>((*bh)->b_data) + group % per_block;
}

extern const file_system_type ext2_type;
constexpr file_system_type ext2_type{.name = "ext2", .wants_device = true, .fill_super = ext2_fill_super};
