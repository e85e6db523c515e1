// SPDX-License-Identifier: GPL-2.0-or-later
// File systems that can be mounted and written: the super block, the life of its inodes, and writing back.
#pragma once

#include "fs/fs.h"

struct block_device;

enum : ulong { MS_RDONLY = 1, MS_REMOUNT = 32, MS_ACTIVE = 1ul << 30 };
/// inode::i_state
enum : unsigned { I_DIRTY, I_NEW, I_FREEING, I_BAD };

struct kstatfs {
    u32 f_type, f_bsize, f_namelen;
    u64 f_blocks, f_bfree, f_bavail, f_files, f_ffree;
};

struct super_operations {
    /// Puts the inode's attributes where sync_fs finds them. 0 or -errno.
    int (*write_inode)(inode* node) = nullptr;
    /// The last reference to an inode without names is gone and its pages are dropped: frees its blocks and
    /// number on the disk.
    void (*delete_inode)(inode* node) = nullptr;
    /// The inode leaves memory: frees i_private.
    void (*clear_inode)(inode* node) = nullptr;
    /// Writes everything that is not file contents; on the disk when it returns 0.
    int (*sync_fs)(super_block* sb) = nullptr;
    void (*statfs)(super_block* sb, kstatfs* status) = nullptr;
    /// Becomes writable or read-only, by `flags`. 0 or -errno. Null: no.
    int (*remount)(super_block* sb, ulong flags) = nullptr;
    /// For file systems that keep references to their names: is one in use besides those?
    bool (*names_in_use)(super_block* sb) = nullptr;
    /// ... and gives them up.
    void (*drop_names)(super_block* sb) = nullptr;
    /// Unmounting, after the last inode is gone: writes the final state and frees s_fs_info.
    void (*put_super)(super_block* sb) = nullptr;
};

struct super_block {
    list_head s_list;  // of all. sb_lock
    const char* s_type;
    u16 s_dev;
    ulong s_flags;  // MS_*
    u32 s_magic;
    loff_t s_maxbytes;  // longest file
    const super_operations* s_op;
    void* s_fs_info;       // the file system's
    block_device* s_bdev;  // or null
    dentry* s_root;        // one reference
    dentry* s_mountpoint;  // one reference
    list_head s_inodes;    // of inode::i_sb_list. inode_lock
    char s_source[32];     // as given to mount
};

struct file_system_type {
    const char* name;
    bool wants_device;
    /// Completes a new super block: operations, s_root (by make_root). 0 or -errno (then put_super is not
    /// called).
    int (*fill_super)(super_block* sb);
};

// Mounting: fs/super.cpp -----------------------------------------------------------------------------
/// Mounts a file system of type `type` on the directory `place`. `source`: path or name of a block device, or
/// anything. 0 or -errno.
int do_mount(const char* source, dentry* place, const char* type, ulong flags);
int do_remount(dentry* root, ulong flags);
/// Unmounts what has its root at `root`, whose reference it takes over. 0, -EBUSY, -EINVAL (nothing is
/// mounted here), or the error of the last write.
int do_umount(dentry* root);
/// The root dentry with this inode, whose reference it takes over. 0 or -ENOMEM.
int make_root(super_block* sb, inode* node);
/// Ends the one reference to the root of a file system that could not be mounted.
void d_free_root(dentry* root);
/// /tmp and /mnt. After the disks and the root file system.
void mount_standard_places();
/// Writes everything back; 0 or the first error.
int sync_filesystems();
/// The same, and marks the file systems clean: the machine stops.
void shut_down_filesystems();
/// Calls visit for each mounted file system, as long as it gives 0. May sleep in `visit`; nothing is
/// unmounted meanwhile.
int for_each_super(int (*visit)(super_block* sb, void* context), void* context);
/// Starts the thread that writes old data back, once.
void start_writeback();

// The life of inodes: fs/inode.cpp ---------------------------------------------------------------------
/// A fresh inode of a file system, one link, now as its times. Hashed if `ino` is to be found by iget_locked.
/// Null: no memory.
inode* new_inode_of(super_block* sb, unsigned mode, ulong ino);
/// The inode with that number, with a reference: from memory, or new with I_NEW for the caller to fill in and
/// then unlock_new_inode (or iget_failed). Null: no memory. -EIO (ERR_PTR): it was bad.
inode* iget_locked(super_block* sb, ulong ino);
void unlock_new_inode(inode* node);
void iget_failed(inode* node);
inode* igrab(inode* node);
/// The attributes differ from the disk's.
void mark_inode_dirty(inode* node);
/// Writes the pages and attributes of one inode. 0 or the first error.
int write_inode_now(inode* node);
/// The same for all inodes of a file system.
int sync_inodes(super_block* sb);
/// Drops every inode of a file system; -EBUSY if one is in use.
int invalidate_inodes(super_block* sb);
/// The times now, in seconds since 1970.
u32 current_seconds();
inline void touch_modified(inode* node) {
    node->i_mtime = node->i_ctime = current_seconds();
}

/// May nothing below this inode be changed?
inline bool is_read_only(const inode* node) {
    return !node->i_sb || (node->i_sb->s_flags & MS_RDONLY);
}

// Contents: fs/attr.cpp ---------------------------------------------------------------------------------
/// Sets a regular file's length; i_mutex is not held. 0 or -errno.
int do_truncate(inode* node, loff_t length);
/// The running task changes a file's bytes: unless it is the superuser, programs made of them act for nobody
/// else. i_mutex held.
void remove_suid(inode* node);
/// SIGXFSZ to the running task.
void send_file_size_signal();
/// Counts a writer; -ETXTBSY while a program's area denies it (INV-50).
int get_write_access(inode* node);
inline void put_write_access(inode* node) {
    atomic_dec(&node->i_writecount);
}
