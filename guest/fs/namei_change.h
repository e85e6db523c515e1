// SPDX-License-Identifier: GPL-2.0-or-later
// System calls that change files, directories and mounts; arguments as the i386 ABI of Linux has them.
#pragma once

#include "fs/fs.h"

/// The regular file `last`, made with `mode` (less the umask) if it is not there; *found gets a reference. 0
/// or -errno, -EEXIST if it is there and `exclusive`.
int vfs_create(const last_name& last, unsigned mode, bool exclusive, dentry** found);

// fs/namei_change.cpp
long sys_mkdir(const char* path, unsigned mode);
long sys_mkdirat(int dfd, const char* path, unsigned mode);
long sys_mknod(const char* path, unsigned mode, unsigned device);
long sys_mknodat(int dfd, const char* path, unsigned mode, unsigned device);
long sys_symlink(const char* target, const char* path);
long sys_symlinkat(const char* target, int dfd, const char* path);
long sys_link(const char* old_path, const char* new_path);
long sys_linkat(int old_dfd, const char* old_path, int new_dfd, const char* new_path, int flags);
long sys_unlink(const char* path);
long sys_unlinkat(int dfd, const char* path, unsigned flags);
long sys_rmdir(const char* path);
long sys_rename(const char* old_path, const char* new_path);
long sys_renameat(int old_dfd, const char* old_path, int new_dfd, const char* new_path);

// fs/attr.cpp
struct utimbuf32;
struct timeval;
struct timespec;
long sys_truncate(const char* path, long length);
long sys_ftruncate(unsigned fd, long length);
long sys_truncate64(const char* path, u32 length_low, u32 length_high);
long sys_ftruncate64(unsigned fd, u32 length_low, u32 length_high);
long sys_chmod(const char* path, unsigned mode);
long sys_fchmod(unsigned fd, unsigned mode);
long sys_fchmodat(int dfd, const char* path, unsigned mode);
long sys_chown(const char* path, uid_t owner, gid_t group);
long sys_lchown(const char* path, uid_t owner, gid_t group);
long sys_fchown(unsigned fd, uid_t owner, gid_t group);
long sys_fchownat(int dfd, const char* path, uid_t owner, gid_t group, unsigned flags);
long sys_utime(const char* path, const utimbuf32* times);
long sys_utimes(const char* path, const timeval* times);
long sys_utimensat(int dfd, const char* path, const timespec* times, unsigned flags);

// fs/sync.cpp
long sys_sync();
long sys_fsync(unsigned fd);
long sys_fdatasync(unsigned fd);
/// Writes an open file back. 0 or -errno; -EINVAL for what cannot be written back.
int vfs_fsync(file* filp);

// fs/mount_calls.cpp
struct statfs32;
struct statfs64;
long sys_mount(const char* source, const char* target, const char* type, ulong flags, const void* data);
long sys_umount(const char* target);
long sys_umount2(const char* target, unsigned flags);
long sys_statfs(const char* path, struct statfs32* status);
long sys_fstatfs(unsigned fd, struct statfs32* status);
long sys_statfs64(const char* path, size_t size, struct statfs64* status);
long sys_fstatfs64(unsigned fd, size_t size, struct statfs64* status);

// fs/open.cpp, fs/read_write.cpp, fs/fs_struct.cpp
long sys_creat(const char* path, unsigned mode);
long sys_pwrite64(unsigned fd, const char* buffer, size_t count, u32 offset_low, u32 offset_high);
long sys_umask(unsigned mask);
