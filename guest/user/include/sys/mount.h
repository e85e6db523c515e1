// SPDX-License-Identifier: GPL-2.0-or-later
// Mounting, and what a file system has room for.
#pragma once

#include <sys/types.h>

enum : unsigned long { MS_RDONLY = 1, MS_REMOUNT = 32 };

/// struct statfs64 of the i386 ABI.
struct statfs {
    unsigned f_type, f_bsize;
    unsigned long long f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    unsigned f_fsid[2], f_namelen, f_frsize, f_spare[5];
} __attribute__((packed));

extern "C" {
int mount(const char* source, const char* target, const char* type, unsigned long flags, const void* data);
int umount(const char* target);
int statfs(const char* path, struct statfs* status);
}
