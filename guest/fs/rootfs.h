// SPDX-License-Identifier: GPL-2.0-or-later
// The root file system: a tree in memory whose files' bytes lie in the archive that the boot loader brought.
#pragma once

#include "fs/fs.h"

/// A regular file of `size` bytes at `data`, which stay where they are for good. Null: no memory.
inode* rootfs_file_inode(unsigned mode, const char* data, ulong size);
/// Gives a file its bytes after the fact (hard links, whose bytes come with the last name).
void rootfs_set_data(inode* node, const char* data, ulong size);
/// A symbolic link to `target` (`size` bytes without NUL, kept where they are).
inode* rootfs_link_inode(const char* target, ulong size);
