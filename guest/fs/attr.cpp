// SPDX-License-Identifier: GPL-2.0-or-later
// Attributes of files: length, permissions, owner, times.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "fs/namei_change.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "kernel/signal.h"
#include "kernel/signal_queue.h"
#include "kernel/time.h"
#include "mm/filemap.h"
#include "mm/internal.h"

struct utimbuf32 {
    int actime, modtime;
};

namespace {
constexpr long UTIME_NOW = (1 << 30) - 1, UTIME_OMIT = (1 << 30) - 2;

/// Lets `change` set attributes of an inode, with its i_mutex. 0 or -errno.
template <class Change>
int change_inode(inode* node, Change change) {
    if (is_read_only(node)) return -EROFS;
    mutex_lock(&node->i_mutex);
    change();
    node->i_ctime = current_seconds();
    mark_inode_dirty(node);
    mutex_unlock(&node->i_mutex);
    return 0;
}

template <class Change>
int change_path(int dfd, const char* path, unsigned flags, Change change) {
    dentry* place = nullptr;
    if (const int error = user_path_at(dfd, path, flags, &place)) return error;
    inode* node = place->d_inode;
    const int error = change_inode(node, [&] { change(node); });
    dput(place);
    return error;
}

template <class Change>
int change_fd(unsigned fd, Change change) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    inode* node = filp->f_path.dentry->d_inode;
    const int error = change_inode(node, [&] { change(node); });
    fput(filp);
    return error;
}

auto set_mode(unsigned mode) {
    return [mode](inode* node) { node->i_mode = (node->i_mode & S_IFMT) | (mode & 07777); };
}

/// What makes a program of this file act for its owner or its group. Without the group's right to execute,
/// S_ISGID says something about locks.
unsigned set_id_bits(const inode* node) {
    constexpr unsigned kForGroup = S_ISGID | S_IXGRP;
    const unsigned group = (node->i_mode & kForGroup) == kForGroup ? +S_ISGID : 0u;
    return (node->i_mode & S_ISUID) | group;
}

/// -1 leaves the owner or the group. No program goes on to act for a new owner who did not ask for it.
auto set_owner(uid_t owner, gid_t group) {
    return [owner, group](inode* node) {
        if (!is_directory(node)) node->i_mode &= ~set_id_bits(node);
        if (owner != ~0u) node->i_uid = owner;
        if (group != ~0u) node->i_gid = group;
    };
}

/// New times of last access and modification; null: leave.
struct new_times {
    u32 now = current_seconds();
    u32 access = now, modification = now;
    bool has_access = true, has_modification = true;
    void operator()(inode* node) const {
        if (has_access) node->i_atime = access;
        if (has_modification) node->i_mtime = modification;
    }
};

int truncate_path(const char* path, loff_t length) {
    if (length < 0) return -EINVAL;
    dentry* place = nullptr;
    if (const int error = user_path_at(AT_FDCWD, path, LOOKUP_FOLLOW, &place)) return error;
    inode* node = place->d_inode;
    const unsigned type = node->i_mode & S_IFMT;
    int error = type == S_IFDIR ? -EISDIR : type != S_IFREG ? -EINVAL : is_read_only(node) ? -EROFS : 0;
    if (!error) error = get_write_access(node);
    if (!error) {
        error = do_truncate(node, length);
        put_write_access(node);
    }
    dput(place);
    return error;
}

int truncate_fd(unsigned fd, loff_t length) {
    if (length < 0) return -EINVAL;
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    inode* node = filp->f_path.dentry->d_inode;
    const bool possible =
        (node->i_mode & S_IFMT) == S_IFREG && (filp->f_mode & FMODE_WRITE) && !is_read_only(node);
    const int error = possible ? do_truncate(node, length) : -EINVAL;
    fput(filp);
    return error;
}

loff_t wide(u32 low, u32 high) {
    return static_cast<loff_t>(static_cast<u64>(high) << 32 | low);
}
}  // namespace

int get_write_access(inode* node) {
    int seen = atomic_read(&node->i_writecount);
    while (seen >= 0) {
        if (__atomic_compare_exchange_n(&node->i_writecount.counter, &seen, seen + 1, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED))
            return 0;
    }
    return -ETXTBSY;
}

void remove_suid(inode* node) {
    if ((node->i_mode & S_IFMT) != S_IFREG || current->euid == 0) return;
    const unsigned bits = set_id_bits(node);
    if (!bits) return;
    node->i_mode &= ~bits;
    node->i_ctime = current_seconds();
    mark_inode_dirty(node);
}

void send_file_size_signal() {
    siginfo_t info{};
    info.si_signo = SIGXFSZ;
    info.si_code = SI_KERNEL;
    send_sig_info(SIGXFSZ, &info, current);
}

int do_truncate(inode* node, loff_t length) {
    if (length > node->i_sb->s_maxbytes) return -EFBIG;
    const ulong limit = rlimit(RLIMIT_FSIZE);
    if (limit != RLIM_INFINITY && length > node->i_size && static_cast<u64>(length) > limit) {
        send_file_size_signal();
        return -EFBIG;
    }
    mutex_lock(&node->i_mutex);
    const int error = vmtruncate(node, length);
    if (!error) remove_suid(node);
    mutex_unlock(&node->i_mutex);
    return error;
}

long sys_truncate(const char* path, long length) {
    return truncate_path(path, length);
}
long sys_ftruncate(unsigned fd, long length) {
    return truncate_fd(fd, length);
}
long sys_truncate64(const char* path, u32 length_low, u32 length_high) {
    return truncate_path(path, wide(length_low, length_high));
}
long sys_ftruncate64(unsigned fd, u32 length_low, u32 length_high) {
    return truncate_fd(fd, wide(length_low, length_high));
}

long sys_fchmodat(int dfd, const char* path, unsigned mode) {
    return change_path(dfd, path, LOOKUP_FOLLOW, set_mode(mode));
}
long sys_chmod(const char* path, unsigned mode) {
    return sys_fchmodat(AT_FDCWD, path, mode);
}
long sys_fchmod(unsigned fd, unsigned mode) {
    return change_fd(fd, set_mode(mode));
}

long sys_fchownat(int dfd, const char* path, uid_t owner, gid_t group, unsigned flags) {
    if (flags & ~AT_SYMLINK_NOFOLLOW) return -EINVAL;
    return change_path(dfd, path, flags ? 0u : LOOKUP_FOLLOW, set_owner(owner, group));
}
long sys_chown(const char* path, uid_t owner, gid_t group) {
    return sys_fchownat(AT_FDCWD, path, owner, group, 0);
}
long sys_lchown(const char* path, uid_t owner, gid_t group) {
    return sys_fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW);
}
long sys_fchown(unsigned fd, uid_t owner, gid_t group) {
    return change_fd(fd, set_owner(owner, group));
}

long sys_utime(const char* path, const utimbuf32* times) {
    new_times set;
    utimbuf32 given{};
    if (times && get_user(given, times)) return -EFAULT;
    if (times) {
        set.access = static_cast<u32>(given.actime);
        set.modification = static_cast<u32>(given.modtime);
    }
    return change_path(AT_FDCWD, path, LOOKUP_FOLLOW, set);
}

long sys_utimes(const char* path, const timeval* times) {
    new_times set;
    struct {
        timeval access, modification;
    } given{};
    if (times && copy_from_user(&given, times, sizeof given)) return -EFAULT;
    if (times) {
        set.access = static_cast<u32>(given.access.tv_sec);
        set.modification = static_cast<u32>(given.modification.tv_sec);
    }
    return change_path(AT_FDCWD, path, LOOKUP_FOLLOW, set);
}

long sys_utimensat(int dfd, const char* path, const timespec* times, unsigned flags) {
    if (flags & ~AT_SYMLINK_NOFOLLOW) return -EINVAL;
    new_times set;
    timespec given[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    if (times && copy_from_user(given, times, sizeof given)) return -EFAULT;
    for (const timespec& t : given) {
        if (t.tv_nsec != UTIME_NOW && t.tv_nsec != UTIME_OMIT && (t.tv_nsec < 0 || t.tv_nsec > 999999999))
            return -EINVAL;
    }
    if (given[0].tv_nsec != UTIME_NOW) set.access = static_cast<u32>(given[0].tv_sec);
    if (given[1].tv_nsec != UTIME_NOW) set.modification = static_cast<u32>(given[1].tv_sec);
    set.has_access = given[0].tv_nsec != UTIME_OMIT;
    set.has_modification = given[1].tv_nsec != UTIME_OMIT;
    if (!path) return change_fd(static_cast<unsigned>(dfd), set);
    return change_path(dfd, path, flags ? 0u : LOOKUP_FOLLOW, set);
}
