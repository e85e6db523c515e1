// SPDX-License-Identifier: GPL-2.0-or-later
// Where a process stands in the tree: its root and working directory.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "fs/namei_change.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/slab.h"

/// A structure of its own with the places of `from`, or at the root if that is null.
static fs_struct* copy_fs_struct(fs_struct* from) {
    fs_struct* fs = static_cast<fs_struct*>(kmalloc(sizeof(fs_struct), GFP_KERNEL));
    if (!fs) return nullptr;
    atomic_set(&fs->count, 1);
    spin_lock_init(&fs->lock);
    if (from) {
        spin_guard guard(&from->lock);
        fs->root = dget(from->root);
        fs->pwd = dget(from->pwd);
        fs->umask = from->umask;
    } else {
        fs->root = dget(root_dentry);
        fs->pwd = dget(root_dentry);
        fs->umask = 022;
    }
    return fs;
}

int copy_fs(ulong clone_flags, task_struct* child) {
    if (current->fs && (clone_flags & CLONE_FS)) {
        atomic_inc(&current->fs->count);
        child->fs = current->fs;
        return 0;
    }
    child->fs = copy_fs_struct(current->fs);
    return child->fs ? 0 : -ENOMEM;
}

void exit_fs(task_struct* task) {
    task_lock(task);
    fs_struct* fs = task->fs;
    task->fs = nullptr;
    task_unlock(task);
    if (!fs || !atomic_dec_and_test(&fs->count)) return;
    dput(fs->root);
    dput(fs->pwd);
    kfree(fs);
}

/// Makes `place` the working directory; takes over its reference.
static void set_pwd(dentry* place) {
    fs_struct* fs = current->fs;
    spin_lock(&fs->lock);
    dentry* old = fs->pwd;
    fs->pwd = place;
    spin_unlock(&fs->lock);
    dput(old);
}

long sys_chdir(const char* path) {
    dentry* place = nullptr;
    const int error = user_path(path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &place);
    if (!error) set_pwd(place);
    return error;
}

long sys_fchdir(unsigned fd) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const bool directory = is_directory(filp->f_path.dentry->d_inode);
    if (directory) set_pwd(dget(filp->f_path.dentry));
    fput(filp);
    return directory ? 0 : -ENOTDIR;
}

long sys_getcwd(char* buffer, ulong size) {
    char* page = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0));
    if (!page) return -ENOMEM;
    fs_struct* fs = current->fs;
    spin_lock(&fs->lock);
    dentry* place = dget(fs->pwd);
    spin_unlock(&fs->lock);
    const char* path = d_deleted(place) ? ERR_PTR<char>(-ENOENT) : d_path(place, page, PATH_MAX);
    long result = PTR_ERR(path);
    if (!IS_ERR(path)) {
        const size_t length = strlen(path) + 1;
        result = length > size                        ? -ERANGE
                 : copy_to_user(buffer, path, length) ? -EFAULT
                                                      : static_cast<long>(length);
    }
    dput(place);
    free_page(reinterpret_cast<ulong>(page));
    return result;
}

long sys_umask(unsigned mask) {
    fs_struct* fs = current->fs;
    spin_guard guard(&fs->lock);
    const unsigned old = fs->umask;
    fs->umask = mask & 0777;
    return static_cast<long>(old);
}
