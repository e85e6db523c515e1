// SPDX-License-Identifier: GPL-2.0-or-later
// Opening files, and making them.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "fs/namei_change.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/slab.h"

extern kmem_cache* filp_cachep;

namespace {
/// O_RDONLY, O_WRONLY, O_RDWR are 0, 1, 2; plus one, the bits are FMODE_READ and FMODE_WRITE. 3 is no access
/// mode.
unsigned mode_of_flags(unsigned flags) {
    return (flags + 1) & O_ACCMODE;
}

/// May this inode be opened so? 0 or -errno.
int may_open(const inode* node, unsigned flags) {
    const unsigned type = node->i_mode & S_IFMT;
    const bool writes = (flags & O_ACCMODE) != O_RDONLY;
    if ((flags & O_ACCMODE) == O_ACCMODE) return -EINVAL;
    if (type == S_IFLNK) return -ELOOP;
    if (type == S_IFDIR && (writes || (flags & O_CREAT))) return -EISDIR;
    if (type != S_IFDIR && (flags & O_DIRECTORY)) return -ENOTDIR;
    const bool writable = node->i_fop && node->i_fop->write && !(node->i_sb && is_read_only(node));
    if (type == S_IFREG && (writes || (flags & O_TRUNC)) && !writable) return -EROFS;
    return 0;
}

/// The writer is counted, and the file emptied if that was asked for. On failure nothing is counted. 0 or
/// -errno.
int begin_writing(inode* node, unsigned flags) {
    const bool truncates = (flags & O_TRUNC) && (node->i_mode & S_IFMT) == S_IFREG && node->i_sb;
    const bool writes = mode_of_flags(flags) & FMODE_WRITE;
    if (!truncates && !writes) return 0;
    int error = get_write_access(node);
    if (!error && truncates) {
        error = do_truncate(node, 0);
        if (error || !writes) put_write_access(node);
    }
    return error;
}

/// An open file on `place`, whose reference it takes over, also on failure. ERR_PTR on failure.
file* dentry_open(dentry* place, unsigned flags) {
    inode* node = place->d_inode;
    file* filp = static_cast<file*>(kmem_cache_zalloc(filp_cachep, GFP_KERNEL));
    if (!filp) {
        dput(place);
        return ERR_PTR<file>(-ENOMEM);
    }
    filp->f_path.dentry = place;
    filp->f_op = node->i_fop;
    atomic_set(&filp->f_count, 1);
    filp->f_flags = flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC);
    filp->f_mode = mode_of_flags(flags);
    filp->f_mapping = node->i_mapping;
    int error = begin_writing(node, flags);
    if (error) {
        filp->f_mode = 0;  // not counted as a writer
    } else {
        error = !filp->f_op ? -ENXIO : filp->f_op->open ? filp->f_op->open(node, filp) : 0;
    }
    if (!error) return filp;
    filp->f_op = nullptr;  // nothing to release
    fput(filp);
    return ERR_PTR<file>(error);
}
}  // namespace

/// The place to open: where the path leads, or a new file there. 0 or -errno.
static int find_or_create(int dfd, const char* path, unsigned flags, unsigned mode, dentry** place) {
    const bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    const unsigned follow = exclusive || (flags & O_NOFOLLOW) ? 0u : LOOKUP_FOLLOW;
    const int error = path_lookup_at(dfd, path, follow, place);
    if (!error && exclusive) {
        dput(*place);
        return -EEXIST;
    }
    if (error != -ENOENT || !(flags & O_CREAT)) return error;
    last_name last{};
    if (const int no_directory = path_parent_at(dfd, path, follow, &last)) return no_directory;
    const int result = vfs_create(last, mode, exclusive, place);
    dput(last.dir);
    return result;
}

static file* filp_open_at(int dfd, const char* path, unsigned flags, unsigned mode) {
    dentry* place = nullptr;
    int error = find_or_create(dfd, path, flags, mode, &place);
    if (error) return ERR_PTR<file>(error);
    error = may_open(place->d_inode, flags);
    if (!error) return dentry_open(place, flags);
    dput(place);
    return ERR_PTR<file>(error);
}

file* filp_open(const char* path, unsigned flags, unsigned mode) {
    return filp_open_at(AT_FDCWD, path, flags, mode);
}

file* open_exec(const char* path) {
    file* filp = filp_open(path, O_RDONLY, 0);
    if (IS_ERR(filp)) return filp;
    const inode* node = filp->f_path.dentry->d_inode;
    const bool runnable =
        (node->i_mode & S_IFMT) == S_IFREG && (node->i_mode & 0111) && node->i_mapping->a_ops;
    const long error = !runnable ? -EACCES : atomic_read(&node->i_writecount) > 0 ? -ETXTBSY : 0;
    if (!error) return filp;
    fput(filp);
    return ERR_PTR<file>(error);
}

long sys_openat(int dfd, const char* path, int flags, int mode) {
    char* name = getname(path);
    if (IS_ERR(name)) return PTR_ERR(name);
    file* filp = filp_open_at(dfd, name, static_cast<unsigned>(flags), static_cast<unsigned>(mode));
    putname(name);
    if (IS_ERR(filp)) return PTR_ERR(filp);
    const int fd = fd_install_new(filp, 0, flags & O_CLOEXEC);
    if (fd < 0) fput(filp);
    return fd;
}

long sys_open(const char* path, int flags, int mode) {
    return sys_openat(AT_FDCWD, path, flags, mode);
}

long sys_creat(const char* path, unsigned mode) {
    return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, static_cast<int>(mode));
}

long sys_faccessat(int dfd, const char* path, int mode) {
    dentry* place = nullptr;
    if (mode & ~7) return -EINVAL;
    if (const int error = user_path_at(dfd, path, LOOKUP_FOLLOW, &place)) return error;
    const unsigned kind = place->d_inode->i_mode & S_IFMT;
    const bool runs = kind == S_IFDIR || (place->d_inode->i_mode & 0111);
    const bool fixed = kind != S_IFCHR && kind != S_IFBLK && is_read_only(place->d_inode);
    dput(place);
    if ((mode & 2) && fixed) return -EROFS;
    return (mode & 1) && !runs ? -EACCES : 0;
}

long sys_access(const char* path, int mode) {
    return sys_faccessat(AT_FDCWD, path, mode);
}

int open_standard_files() {
    file* console = filp_open("/dev/console", O_RDWR, 0);
    if (IS_ERR(console)) return static_cast<int>(PTR_ERR(console));
    int error = 0;
    for (int i = 0; i < 3 && !error; i++) {
        const int fd = fd_install_new(get_file(console), 0, false);
        if (fd >= 0) continue;
        fput(console);
        error = fd;
    }
    fput(console);
    return error;
}
