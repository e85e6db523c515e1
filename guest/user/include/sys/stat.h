// SPDX-License-Identifier: GPL-2.0-or-later
// What a file is.
#pragma once

#include <sys/types.h>

enum { S_IFMT = 0170000, S_IFCHR = 0020000, S_IFDIR = 0040000, S_IFREG = 0100000, S_IFLNK = 0120000 };
#define S_ISDIR(mode) (((mode)&S_IFMT) == S_IFDIR)
#define S_ISREG(mode) (((mode)&S_IFMT) == S_IFREG)
#define S_ISLNK(mode) (((mode)&S_IFMT) == S_IFLNK)
#define S_ISCHR(mode) (((mode)&S_IFMT) == S_IFCHR)

/// The layout of stat64 on i386 (96 bytes, 4-byte aligned).
struct stat {
    uint64_t st_dev;
    unsigned char __pad0[4];
    unsigned long __st_ino;
    unsigned st_mode, st_nlink;
    unsigned long st_uid, st_gid;
    uint64_t st_rdev;
    unsigned char __pad3[4];
    int64_t st_size;
    unsigned long st_blksize;
    uint64_t st_blocks;
    unsigned long st_atime, st_atime_nsec, st_mtime, st_mtime_nsec, st_ctime, st_ctime_nsec;
    uint64_t st_ino;
} __attribute__((packed));
static_assert(sizeof(struct stat) == 96);

extern "C" {
int stat(const char* path, struct stat* status);
int lstat(const char* path, struct stat* status);
int fstat(int fd, struct stat* status);
int chmod(const char* path, mode_t mode);
int mkdir(const char* path, mode_t mode);
mode_t umask(mode_t mask);
}
