// SPDX-License-Identifier: GPL-2.0-or-later
// What a file is: the stat family in both of the i386 ABI's layouts, and readlink.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/gfp.h"

/// struct stat64 of the i386 ABI (asm-x86/stat.h): 96 bytes.
struct stat64 {
    u64 st_dev;
    u8 pad0[4];
    u32 st_ino32, st_mode, st_nlink, st_uid, st_gid;
    u64 st_rdev;
    u8 pad3[4];
    s64 st_size;
    u32 st_blksize;
    u64 st_blocks;
    u32 st_atime, st_atime_nsec, st_mtime, st_mtime_nsec, st_ctime, st_ctime_nsec;
    u64 st_ino;
} __attribute__((packed));
static_assert(sizeof(struct stat64) == 96);

/// struct stat of the i386 ABI (calls 106 to 108): 64 bytes.
struct stat32 {
    u32 st_dev, st_ino;
    u16 st_mode, st_nlink, st_uid, st_gid;
    u32 st_rdev, st_size, st_blksize, st_blocks;
    u32 st_atime, st_atime_nsec, st_mtime, st_mtime_nsec, st_ctime, st_ctime_nsec;
    u32 unused[2];
};
static_assert(sizeof(struct stat32) == 64);

namespace {
constexpr u32 BLOCK = 512;  // unit of st_blocks

/// Links of directories in the root file system: two and one for each sub-directory. Its files carry no
/// times: the archive's are all 0.
struct stat64 describe(const dentry* place) {
    const inode* node = place->d_inode;
    struct stat64 s {};
    s.st_dev = node->i_dev;
    s.st_ino = node->i_ino;
    s.st_ino32 = static_cast<u32>(node->i_ino);
    s.st_mode = node->i_mode;
    s.st_nlink = node->i_nlink;
    s.st_uid = node->i_uid;
    s.st_gid = node->i_gid;
    if (is_directory(node) && !node->i_sb) {
        s.st_nlink = 2;
        const dentry* child = nullptr;
        list_for_each_entry(child, &place->d_subdirs, d_child) s.st_nlink +=
            is_directory(child->d_inode) ? 1 : 0;
    }
    s.st_rdev = node->i_rdev;
    s.st_size = node->i_size;
    s.st_blksize = PAGE_SIZE;
    s.st_blocks = node->i_sb ? node->i_blocks : (static_cast<u64>(node->i_size) + BLOCK - 1) / BLOCK;
    s.st_atime = node->i_atime;
    s.st_mtime = node->i_mtime;
    s.st_ctime = node->i_ctime;
    return s;
}

struct stat32 narrow(const struct stat64& wide) {
    struct stat32 s {};
    s.st_dev = static_cast<u32>(wide.st_dev);
    s.st_ino = static_cast<u32>(wide.st_ino);
    s.st_mode = static_cast<u16>(wide.st_mode);
    s.st_nlink = static_cast<u16>(wide.st_nlink);
    s.st_rdev = static_cast<u32>(wide.st_rdev);
    s.st_size = static_cast<u32>(wide.st_size);
    s.st_blksize = wide.st_blksize;
    s.st_blocks = static_cast<u32>(wide.st_blocks);
    s.st_uid = static_cast<u16>(wide.st_uid);
    s.st_gid = static_cast<u16>(wide.st_gid);
    s.st_atime = wide.st_atime;
    s.st_mtime = wide.st_mtime;
    s.st_ctime = wide.st_ctime;
    return s;
}

int describe_path(int dfd, const char* path, unsigned flags, struct stat64* s) {
    dentry* place = nullptr;
    if (const int error = user_path_at(dfd, path, flags, &place)) return error;
    *s = describe(place);
    dput(place);
    return 0;
}

int describe_fd(unsigned fd, struct stat64* s) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    *s = describe(filp->f_path.dentry);
    fput(filp);
    return 0;
}

long give(int error, const struct stat64& s, struct stat64* to) {
    return error ? error : put_user(s, to);
}
long give(int error, const struct stat64& s, struct stat32* to) {
    return error ? error : put_user(narrow(s), to);
}

template <class Stat>
long stat_path(const char* path, unsigned flags, Stat* to) {
    struct stat64 s {};
    const int error = describe_path(AT_FDCWD, path, flags, &s);
    return give(error, s, to);
}
template <class Stat>
long stat_fd(unsigned fd, Stat* to) {
    struct stat64 s {};
    const int error = describe_fd(fd, &s);
    return give(error, s, to);
}
}  // namespace

long sys_stat64(const char* path, struct stat64* status) {
    return stat_path(path, LOOKUP_FOLLOW, status);
}
long sys_lstat64(const char* path, struct stat64* status) {
    return stat_path(path, 0, status);
}
long sys_fstat64(unsigned fd, struct stat64* status) {
    return stat_fd(fd, status);
}
long sys_newstat(const char* path, struct stat32* status) {
    return stat_path(path, LOOKUP_FOLLOW, status);
}
long sys_newlstat(const char* path, struct stat32* status) {
    return stat_path(path, 0, status);
}
long sys_newfstat(unsigned fd, struct stat32* status) {
    return stat_fd(fd, status);
}

/// With AT_EMPTY_PATH (later than 2.6.28, but C libraries of today ask so) an empty path means `dfd` itself.
long sys_fstatat64(int dfd, const char* path, struct stat64* status, unsigned flags) {
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
    char first = '/';
    if (flags & AT_EMPTY_PATH) {
        if (get_user(first, path)) return -EFAULT;
    }
    if (!first) return stat_fd(static_cast<unsigned>(dfd), status);
    struct stat64 s {};
    const unsigned lookup = flags & AT_SYMLINK_NOFOLLOW ? 0u : LOOKUP_FOLLOW;
    const int error = describe_path(dfd, path, lookup, &s);
    return give(error, s, status);
}

static long read_link_of(const dentry* place, char* buffer, size_t size) {
    inode* node = place->d_inode;
    if ((node->i_mode & S_IFMT) != S_IFLNK) return -EINVAL;
    char* target = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0));
    if (!target) return -ENOMEM;
    long length = node->i_op->readlink(node, target, PATH_MAX);
    if (length >= 0) {
        length = static_cast<long>(min(static_cast<size_t>(length), size));
        if (copy_to_user(buffer, target, static_cast<ulong>(length))) length = -EFAULT;
    }
    free_page(reinterpret_cast<ulong>(target));
    return length;
}

long sys_readlinkat(int dfd, const char* path, char* buffer, int size) {
    if (size <= 0) return -EINVAL;
    dentry* place = nullptr;
    if (const int error = user_path_at(dfd, path, 0, &place)) return error;
    const long result = read_link_of(place, buffer, static_cast<size_t>(size));
    dput(place);
    return result;
}

long sys_readlink(const char* path, char* buffer, int size) {
    return sys_readlinkat(AT_FDCWD, path, buffer, size);
}
