// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/sys: numbers of the kernel that the superuser may change. So far one: fs/suid_dumpable.
#include "arch/uaccess.h"
#include "fs/proc/internal.h"
#include "fs/rootfs.h"
#include "kernel/cred.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"

namespace {

int show_suid_dumpable(seq_file* m, void*) {
    seq_printf(m, "%d\n", suid_dumpable);
    return 0;
}

int open_suid_dumpable(inode* node, file* filp) {
    return single_open(node, filp, show_suid_dumpable, nullptr);
}

/// One digit and perhaps the end of the line.
long write_suid_dumpable(file*, const char* buffer, size_t count, loff_t*) {
    char text[3] = {};
    if (current->euid != 0) return -EPERM;
    if (count == 0 || count >= sizeof text) return -EINVAL;
    if (copy_from_user(text, buffer, count)) return -EFAULT;
    if (text[0] < '0' || text[0] > '2' || (text[1] && text[1] != '\n')) return -EINVAL;
    suid_dumpable = text[0] - '0';
    return static_cast<long>(count);
}

constexpr file_operations sys_directory_operations{.readdir = dcache_readdir};
constexpr file_operations suid_dumpable_operations{.open = open_suid_dumpable,
                                                   .release = single_release,
                                                   .read = seq_read,
                                                   .write = write_suid_dumpable,
                                                   .llseek = seq_llseek};

dentry* add(dentry* parent, const char* name, inode* node) {
    dentry* place = node ? rootfs_add(parent, name, static_cast<unsigned>(strlen(name)), node) : nullptr;
    if (!place) panic("proc_sys_init: no memory for %s", name);
    return place;
}

dentry* add_directory(dentry* parent, const char* name, ulong ino) {
    inode* node = new_inode(S_IFDIR | 0555, ino, PROC_DEV);
    if (node) node->i_fop = &sys_directory_operations;
    return add(parent, name, node);
}

}  // namespace

void proc_sys_init(dentry* root, ulong ino) {
    dentry* fs = add_directory(add_directory(root, "sys", ino), "fs", ino + 1);
    inode* node = new_inode(S_IFREG | 0644, ino + 2, PROC_DEV);
    if (node) node->i_fop = &suid_dumpable_operations;
    add(fs, "suid_dumpable", node);
}
