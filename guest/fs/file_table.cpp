// SPDX-License-Identifier: GPL-2.0-or-later
// Descriptor tables and the life of open files.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/slab.h"

static kmem_cache* files_cachep;
kmem_cache* filp_cachep;

void file_table_init() {
    files_cachep = kmem_cache_create("files_cache", sizeof(files_struct), 0, SLAB_PANIC, nullptr);
    filp_cachep = kmem_cache_create("filp", sizeof(file), 0, SLAB_PANIC, nullptr);
}

void fput(file* filp) {
    if (!atomic_dec_and_test(&filp->f_count)) return;
    if (filp->f_op && filp->f_op->release) filp->f_op->release(filp);
    if (filp->f_mode & FMODE_WRITE) atomic_dec(&filp->f_path.dentry->d_inode->i_writecount);
    dput(filp->f_path.dentry);
    kmem_cache_free(filp_cachep, filp);
}

file* fget(unsigned fd) {
    files_struct* files = current->files;
    if (!files || fd >= NR_OPEN) return nullptr;
    spin_guard guard(&files->file_lock);
    file* filp = files->fd_array[fd];
    return filp ? get_file(filp) : nullptr;
}

namespace {
unsigned descriptor_limit() {
    return static_cast<unsigned>(min<ulong>(NR_OPEN, current->signal->rlim_cur[RLIMIT_NOFILE]));
}

void set_close_on_exec(files_struct* files, unsigned fd, bool on) {
    const u64 bit = 1ull << fd;
    files->close_on_exec = on ? files->close_on_exec | bit : files->close_on_exec & ~bit;
}

files_struct* new_files() {
    files_struct* files = static_cast<files_struct*>(kmem_cache_zalloc(files_cachep, GFP_KERNEL));
    if (!files) return nullptr;
    atomic_set(&files->count, 1);
    spin_lock_init(&files->file_lock);
    return files;
}

/// A copy of a table that may be null (then: an empty one).
files_struct* dup_files(files_struct* from) {
    files_struct* files = new_files();
    if (!files || !from) return files;
    spin_guard guard(&from->file_lock);
    for (unsigned fd = 0; fd < NR_OPEN; fd++) {
        if (from->fd_array[fd]) files->fd_array[fd] = get_file(from->fd_array[fd]);
    }
    files->close_on_exec = from->close_on_exec;
    return files;
}

void put_files(files_struct* files) {
    if (!atomic_dec_and_test(&files->count)) return;
    for (file* filp : files->fd_array) {
        if (filp) fput(filp);
    }
    kmem_cache_free(files_cachep, files);
}

/// Takes a descriptor out of a table. Its file (the caller gets the reference) or null.
file* take_descriptor(files_struct* files, unsigned fd) {
    spin_guard guard(&files->file_lock);
    file* filp = files->fd_array[fd];
    files->fd_array[fd] = nullptr;
    set_close_on_exec(files, fd, false);
    return filp;
}
}  // namespace

int fd_install_new(file* filp, unsigned lowest, bool close_on_exec) {
    files_struct* files = current->files;
    const unsigned limit = descriptor_limit();
    spin_guard guard(&files->file_lock);
    for (unsigned fd = lowest; fd < limit; fd++) {
        if (files->fd_array[fd]) continue;
        files->fd_array[fd] = filp;
        set_close_on_exec(files, fd, close_on_exec);
        return static_cast<int>(fd);
    }
    return -EMFILE;
}

long sys_close(unsigned fd) {
    if (fd >= NR_OPEN) return -EBADF;
    file* filp = take_descriptor(current->files, fd);
    if (!filp) return -EBADF;
    fput(filp);
    return 0;
}

long sys_dup(unsigned fd) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const int copy = fd_install_new(filp, 0, false);
    if (copy < 0) fput(filp);
    return copy;
}

long sys_dup2(unsigned fd, unsigned wanted) {
    if (wanted >= descriptor_limit()) return -EBADF;
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    if (fd == wanted) {
        fput(filp);
        return static_cast<long>(wanted);
    }
    files_struct* files = current->files;
    spin_lock(&files->file_lock);
    file* old = files->fd_array[wanted];
    files->fd_array[wanted] = filp;
    set_close_on_exec(files, wanted, false);
    spin_unlock(&files->file_lock);
    if (old) fput(old);
    return static_cast<long>(wanted);
}

static long get_or_set_close_on_exec(unsigned fd, unsigned command, ulong argument) {
    files_struct* files = current->files;
    spin_guard guard(&files->file_lock);
    if (command == F_GETFD) return static_cast<long>((files->close_on_exec >> fd) & FD_CLOEXEC);
    set_close_on_exec(files, fd, argument & FD_CLOEXEC);
    return 0;
}

static long duplicate_from(file* filp, ulong lowest, bool close_on_exec) {
    if (lowest >= descriptor_limit()) return -EINVAL;
    const int fd = fd_install_new(get_file(filp), static_cast<unsigned>(lowest), close_on_exec);
    if (fd < 0) fput(filp);
    return fd;
}

long sys_fcntl64(unsigned fd, unsigned command, ulong argument) {
    constexpr unsigned SETTABLE = O_APPEND | O_NONBLOCK;
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    long result = -EINVAL;
    switch (command) {
        case F_DUPFD:
        case F_DUPFD_CLOEXEC:
            result = duplicate_from(filp, argument, command == F_DUPFD_CLOEXEC);
            break;
        case F_GETFD:
        case F_SETFD:
            result = get_or_set_close_on_exec(fd, command, argument);
            break;
        case F_GETFL:
            result = static_cast<long>(filp->f_flags);
            break;
        case F_SETFL:
            filp->f_flags = (filp->f_flags & ~SETTABLE) | (static_cast<unsigned>(argument) & SETTABLE);
            result = 0;
            break;
    }
    fput(filp);
    return result;
}

int copy_files(ulong clone_flags, task_struct* child) {
    if (current->files && (clone_flags & CLONE_FILES)) {
        atomic_inc(&current->files->count);
        child->files = current->files;
        return 0;
    }
    child->files = dup_files(current->files);
    return child->files ? 0 : -ENOMEM;
}

void exit_files(task_struct* task) {
    task_lock(task);
    files_struct* files = task->files;
    task->files = nullptr;
    task_unlock(task);
    if (files) put_files(files);
}

int unshare_files() {
    files_struct* files = current->files;
    if (atomic_read(&files->count) == 1) return 0;
    files_struct* own = dup_files(files);
    if (!own) return -ENOMEM;
    task_lock(current);
    current->files = own;
    task_unlock(current);
    put_files(files);
    return 0;
}

void flush_old_files(files_struct* files) {
    for (unsigned fd = 0; fd < NR_OPEN; fd++) {
        spin_lock(&files->file_lock);
        const bool close = (files->close_on_exec >> fd) & 1;
        spin_unlock(&files->file_lock);
        file* filp = close ? take_descriptor(files, fd) : nullptr;
        if (filp) fput(filp);
    }
}
