// SPDX-License-Identifier: GPL-2.0-or-later
// What the files of guest/fs share among themselves.
#pragma once

#include "fs/fs.h"

void dcache_init();
void inode_cache_init();
void file_table_init();
/// Makes /dev and its devices below the root.
void devices_init(dentry* root);

constexpr u16 make_dev(unsigned major, unsigned minor) {
    return static_cast<u16>(major << 8 | minor);
}
/// Devices without hardware behind them: the root file system and /proc, as stat shows them.
constexpr u16 ROOTFS_DEV = make_dev(0, 1), PROC_DEV = make_dev(0, 3);

/// A permanent entry below `parent`. Null: no memory.
dentry* rootfs_add(dentry* parent, const char* name, unsigned length, inode* node);
/// A directory inode whose entries are permanent.
inode* rootfs_directory_inode(unsigned mode);
inode* rootfs_device_inode(unsigned mode, u16 device);
/// A special file: `mode` with its type (S_IFCHR or S_IFBLK). Null: no memory.
inode* rootfs_special_inode(unsigned mode, u16 device, const file_operations* operations);
/// The entry `name` of a directory that nobody changes meanwhile, without a reference, or null.
dentry* find_child(dentry* dir, const char* name, unsigned length);
/// The first entry at or behind `position`, with a reference, or null.
dentry* d_next_child(dentry* dir, ulong position);
/// `root` (null: nothing) hides `place` from now on.
void d_set_mounted(dentry* place, dentry* root);
/// What a walk that comes to `d` sees there. Takes over the reference and returns one.
dentry* d_follow_mounts(dentry* d);
/// Is `ancestor` among d, its parent, that one's parent ...?
bool d_is_below(const dentry* d, const dentry* ancestor);
/// Lists the names in memory: the readdir of file systems that keep all of them there.
int dcache_readdir(file* filp, void* context,
                   int (*fill)(void*, const char*, unsigned, loff_t, ulong, unsigned));
/// The operations of a character device (by i_rdev), or null if there is no such device.
const file_operations* find_device(u16 device);

/// The type of a directory entry (DT_*) of an inode.
inline unsigned dirent_type(const inode* node) {
    return (node->i_mode & S_IFMT) >> 12;
}
inline bool is_directory(const inode* node) {
    return (node->i_mode & S_IFMT) == S_IFDIR;
}

extern const file_operations console_operations;
extern const file_operations vmalloc_probe_operations;  // drivers/vmalloc_probe.cpp
