// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/sys: numbers of the kernel that the superuser may change. Which there are is the edition's.
#include "fs/proc/sysctl.h"
#include "arch/uaccess.h"
#include "fs/proc/internal.h"
#include "fs/rootfs.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"

namespace {

const sysctl_number& number_of(const inode* node) {
    return *static_cast<const sysctl_number*>(node->i_private);
}

int show_number(seq_file* m, void*) {
    seq_printf(m, "%lu\n", static_cast<const sysctl_number*>(m->private_data)->get());
    return 0;
}

int open_number(inode* node, file* filp) {
    return single_open(node, filp, show_number, node->i_private);
}

/// Digits and perhaps the end of the line. False: something else, or more than `max`.
bool parse(const char* text, ulong max, ulong* value) {
    const char* at = text;
    *value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        *value = *value * 10 + static_cast<ulong>(*at - '0');
        if (*value > max) return false;
    }
    return at != text && (*at == '\0' || (*at == '\n' && at[1] == '\0'));
}

long write_number(file* filp, const char* buffer, size_t count, loff_t*) {
    char text[12] = {};
    ulong value;
    if (current->euid != 0) return -EPERM;
    if (count == 0 || count >= sizeof text) return -EINVAL;
    if (copy_from_user(text, buffer, count)) return -EFAULT;
    const sysctl_number& number = number_of(filp->f_path.dentry->d_inode);
    if (!parse(text, number.max, &value)) return -EINVAL;
    number.set(value);
    return static_cast<long>(count);
}

constexpr file_operations sys_directory_operations{.readdir = dcache_readdir};
constexpr file_operations number_operations{.open = open_number,
                                            .release = single_release,
                                            .read = seq_read,
                                            .write = write_number,
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
    dentry* sys = add_directory(root, "sys", ino);
    for (const sysctl_number* number = edition_sysctls; number->name; number++) {
        dentry* directory = add_directory(sys, number->directory, ++ino);
        inode* node = new_inode(S_IFREG | 0644, ++ino, PROC_DEV);
        if (node) {
            node->i_fop = &number_operations;
            node->i_private = const_cast<sysctl_number*>(number);
        }
        add(directory, number->name, node);
    }
}
