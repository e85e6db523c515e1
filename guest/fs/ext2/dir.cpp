// SPDX-License-Identifier: GPL-2.0-or-later
// ext2: the entries of directories (section "Directories"), searched from the first to the last.
#include "fs/ext2/ext2.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "lib/string.h"

namespace {

u32 blocks_of(const inode* dir) {
    return static_cast<u32>(dir->i_size >> EXT2_SB(dir->i_sb)->block_bits);
}

int damaged(inode* dir) {
    return ext2_error(dir->i_sb, "directory", static_cast<u32>(dir->i_ino));
}

/// A block of a directory; or ERR_PTR. Directories have no holes.
buffer_head* read_block(inode* dir, u32 index) {
    u32 block = 0;
    if (const int error = ext2_get_block(dir, index, false, &block)) return ERR_PTR<buffer_head>(error);
    if (!block) return ERR_PTR<buffer_head>(damaged(dir));
    buffer_head* bh = ext2_bread(dir->i_sb, block);
    return bh ? bh : ERR_PTR<buffer_head>(-EIO);
}

ext2_dir_entry* entry_at(const buffer_head* bh, u32 offset) {
    return reinterpret_cast<ext2_dir_entry*>(bh->b_data + offset);
}

/// Does the entry stay inside its block, and name an inode that can be?
bool is_sound(const inode* dir, const buffer_head* bh, u32 offset) {
    if (offset + EXT2_DIR_HEADER > bh->b_size) return false;
    const ext2_dir_entry* de = entry_at(bh, offset);
    return de->rec_len % 4 == 0 && de->rec_len >= ext2_dir_rec_len(1) && offset + de->rec_len <= bh->b_size &&
           ext2_dir_rec_len(de->name_len) <= de->rec_len && de->inode <= EXT2_SB(dir->i_sb)->inodes_count;
}

/// Calls visit(bh, previous entry or null, entry) until it returns true; then 1. 0 at the end, or -errno.
template <class Visit>
int for_each_entry(inode* dir, Visit visit) {
    for (u32 index = 0; index < blocks_of(dir); index++) {
        buffer_head* bh = read_block(dir, index);
        if (IS_ERR(bh)) return static_cast<int>(PTR_ERR(bh));
        ext2_dir_entry* previous = nullptr;
        int result = 0;
        for (u32 offset = 0; offset < bh->b_size && !result;) {
            if (!is_sound(dir, bh, offset)) {
                result = damaged(dir);
                break;
            }
            ext2_dir_entry* de = entry_at(bh, offset);
            if (visit(bh, previous, de)) result = 1;
            previous = de;
            offset += de->rec_len;
        }
        brelse(bh);
        if (result) return result;
    }
    return 0;
}

bool is_named(const ext2_dir_entry* de, const char* name, unsigned length) {
    return de->inode && de->name_len == length && memcmp(de->name, name, length) == 0;
}

/// Lets `change` work on the entry with that name. 0, -ENOENT or -errno.
template <class Change>
int with_entry(inode* dir, const char* name, unsigned length, Change change) {
    const int found = for_each_entry(dir, [&](buffer_head* bh, ext2_dir_entry* previous, ext2_dir_entry* de) {
        if (!is_named(de, name, length)) return false;
        change(bh, previous, de);
        return true;
    });
    return found == 1 ? 0 : found == 0 ? -ENOENT : found;
}

u8 file_type(const inode* node) {
    if (!EXT2_SB(node->i_sb)->has_file_types) return 0;
    switch (node->i_mode & S_IFMT) {
        case S_IFREG:
            return 1;
        case S_IFDIR:
            return 2;
        case S_IFCHR:
            return 3;
        case S_IFBLK:
            return 4;
        case S_IFLNK:
            return 7;
        default:
            return 0;
    }
}

void write_entry(ext2_dir_entry* de, unsigned rec_len, const char* name, unsigned length, u32 ino, u8 type) {
    de->inode = ino;
    de->rec_len = static_cast<u16>(rec_len);
    de->name_len = static_cast<u8>(length);
    de->file_type = type;
    memcpy(de->name, name, length);
}

/// The directory is changed entry by entry: its hash tree, if it has one, is not valid any more.
void note_change(inode* dir) {
    EXT2_I(dir)->i_flags &= ~EXT2_INDEX_FL;
    touch_modified(dir);
    mark_inode_dirty(dir);
}

/// Another block, with one entry that takes all of it.
int append_block(inode* dir, const char* name, unsigned length, const inode* child) {
    const ext2_sb_info* info = EXT2_SB(dir->i_sb);
    u32 block = 0;
    const u32 index = blocks_of(dir);
    if (const int error = ext2_get_block(dir, index, true, &block)) {
        ext2_free_blocks_from(dir, index);
        return error;
    }
    buffer_head* bh = get_zeroed_block(info->bdev, block, info->block_size);
    if (!bh) {
        ext2_free_blocks_from(dir, index);
        return -ENOMEM;
    }
    write_entry(entry_at(bh, 0), info->block_size, name, length, static_cast<u32>(child->i_ino),
                file_type(child));
    brelse(bh);
    dir->i_size += info->block_size;
    return 0;
}

/// DT_* of a type byte of the disk.
unsigned dirent_type_of(u8 type) {
    constexpr unsigned kFileTypes[] = {0, 8, 4, 2, 6, 1, 12, 10};
    return type < sizeof kFileTypes / sizeof *kFileTypes ? kFileTypes[type] : 0;
}

}  // namespace

int ext2_find_entry(inode* dir, const char* name, unsigned length, u32* ino) {
    return with_entry(dir, name, length,
                      [ino](buffer_head*, ext2_dir_entry*, const ext2_dir_entry* de) { *ino = de->inode; });
}

int ext2_add_entry(inode* dir, const char* name, unsigned length, const inode* child) {
    if (dir->i_sb->s_flags & MS_RDONLY) return -EROFS;
    const unsigned wanted = ext2_dir_rec_len(length);
    const int found = for_each_entry(dir, [&](buffer_head* bh, ext2_dir_entry*, ext2_dir_entry* de) {
        const unsigned used = de->inode ? ext2_dir_rec_len(de->name_len) : 0;
        if (de->rec_len < used + wanted) return false;
        const unsigned room = de->rec_len - used;
        if (used) {
            de->rec_len = static_cast<u16>(used);
            de = reinterpret_cast<ext2_dir_entry*>(reinterpret_cast<char*>(de) + used);
        }
        write_entry(de, room, name, length, static_cast<u32>(child->i_ino), file_type(child));
        mark_buffer_dirty(bh);
        return true;
    });
    const int error = found == 1 ? 0 : found == 0 ? append_block(dir, name, length, child) : found;
    if (!error) note_change(dir);
    return error;
}

int ext2_delete_entry(inode* dir, const char* name, unsigned length) {
    if (dir->i_sb->s_flags & MS_RDONLY) return -EROFS;
    const int error =
        with_entry(dir, name, length, [](buffer_head* bh, ext2_dir_entry* previous, ext2_dir_entry* de) {
            if (previous) previous->rec_len = static_cast<u16>(previous->rec_len + de->rec_len);
            de->inode = 0;
            mark_buffer_dirty(bh);
        });
    if (!error) note_change(dir);
    return error;
}

int ext2_set_entry(inode* dir, const char* name, unsigned length, const inode* child) {
    if (dir->i_sb->s_flags & MS_RDONLY) return -EROFS;
    const int error =
        with_entry(dir, name, length, [child](buffer_head* bh, ext2_dir_entry*, ext2_dir_entry* de) {
            de->inode = static_cast<u32>(child->i_ino);
            de->file_type = file_type(child);
            mark_buffer_dirty(bh);
        });
    if (!error) note_change(dir);
    return error;
}

int ext2_make_empty(inode* dir, u32 parent_ino) {
    const ext2_sb_info* info = EXT2_SB(dir->i_sb);
    u32 block = 0;
    if (const int error = ext2_get_block(dir, 0, true, &block)) return error;
    buffer_head* bh = get_zeroed_block(info->bdev, block, info->block_size);
    if (!bh) return -ENOMEM;
    const unsigned dot = ext2_dir_rec_len(1);
    const u8 type = file_type(dir);
    write_entry(entry_at(bh, 0), dot, ".", 1, static_cast<u32>(dir->i_ino), type);
    write_entry(entry_at(bh, dot), info->block_size - dot, "..", 2, parent_ino, type);
    brelse(bh);
    dir->i_size = info->block_size;
    mark_inode_dirty(dir);
    return 0;
}

int ext2_check_empty(inode* dir) {
    const int found = for_each_entry(dir, [](buffer_head*, ext2_dir_entry*, const ext2_dir_entry* de) {
        return de->inode && !is_named(de, ".", 1) && !is_named(de, "..", 2);
    });
    return found == 1 ? -ENOTEMPTY : found;
}

/// Positions are offsets on the disk. Each block is gone through from its start, for what stood at a position
/// may be part of a larger free space by now. An entry is copied before it is given out, without the lock,
/// for the program's memory may be a mapping of this very file system.
int ext2_readdir(file* filp, void* context,
                 int (*fill)(void*, const char*, unsigned, loff_t, ulong, unsigned)) {
    inode* dir = filp->f_path.dentry->d_inode;
    const u32 bits = EXT2_SB(dir->i_sb)->block_bits;
    for (;;) {
        loff_t at = 0;
        char name[NAME_MAX];
        ext2_dir_entry copy{};
        int found = 0;
        {
            const ext2_guard guard(dir->i_sb);
            u32 index = static_cast<u32>(filp->f_pos >> bits);
            while (!found && index < blocks_of(dir)) {
                buffer_head* bh = read_block(dir, index);
                if (IS_ERR(bh)) return static_cast<int>(PTR_ERR(bh));
                for (u32 offset = 0; offset < bh->b_size && !found; offset += copy.rec_len) {
                    if (!is_sound(dir, bh, offset)) {
                        found = damaged(dir);
                        break;
                    }
                    memcpy(&copy, entry_at(bh, offset), EXT2_DIR_HEADER);
                    at = (static_cast<loff_t>(index) << bits) + offset;
                    if (!copy.inode || at < filp->f_pos) continue;
                    memcpy(name, entry_at(bh, offset)->name, copy.name_len);
                    found = 1;
                }
                brelse(bh);
                index++;
            }
        }
        if (found <= 0) return found;
        const loff_t next = at + copy.rec_len;
        if (fill(context, name, copy.name_len, next, copy.inode, dirent_type_of(copy.file_type))) return 1;
        filp->f_pos = next;
    }
}
