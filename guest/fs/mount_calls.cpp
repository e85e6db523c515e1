// SPDX-License-Identifier: GPL-2.0-or-later
// mount, umount and statfs.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "fs/namei_change.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"

/// struct statfs of the i386 ABI (calls 99 and 100): 64 bytes.
struct statfs32 {
    u32 f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    u32 f_fsid[2];
    u32 f_namelen, f_frsize, f_spare[5];
};
static_assert(sizeof(struct statfs32) == 64);

/// struct statfs64 (calls 268 and 269): 84 bytes.
struct statfs64 {
    u32 f_type, f_bsize;
    u64 f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    u32 f_fsid[2];
    u32 f_namelen, f_frsize, f_spare[5];
} __attribute__((packed));
static_assert(sizeof(struct statfs64) == 84);

namespace {
constexpr u32 ROOTFS_MAGIC = 0x858458F6, PROC_MAGIC = 0x9FA0;

kstatfs describe(const inode* node) {
    kstatfs status{};
    status.f_bsize = PAGE_SIZE;
    status.f_namelen = NAME_MAX;
    status.f_type = node->i_dev == PROC_DEV ? PROC_MAGIC : ROOTFS_MAGIC;
    super_block* sb = node->i_sb;
    if (!sb) return status;
    status.f_type = sb->s_magic;
    if (sb->s_op->statfs) sb->s_op->statfs(sb, &status);
    return status;
}

int describe_path(const char* path, kstatfs* status) {
    dentry* place = nullptr;
    if (const int error = user_path(path, LOOKUP_FOLLOW, &place)) return error;
    *status = describe(place->d_inode);
    dput(place);
    return 0;
}

int describe_fd(unsigned fd, kstatfs* status) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    *status = describe(filp->f_path.dentry->d_inode);
    fput(filp);
    return 0;
}

template <class Statfs>
long give(int error, const kstatfs& from, Statfs* to) {
    if (error) return error;
    Statfs s{};
    s.f_type = from.f_type;
    s.f_bsize = s.f_frsize = from.f_bsize;
    s.f_blocks = static_cast<decltype(s.f_blocks)>(from.f_blocks);
    s.f_bfree = static_cast<decltype(s.f_bfree)>(from.f_bfree);
    s.f_bavail = static_cast<decltype(s.f_bavail)>(from.f_bavail);
    s.f_files = static_cast<decltype(s.f_files)>(from.f_files);
    s.f_ffree = static_cast<decltype(s.f_ffree)>(from.f_ffree);
    s.f_namelen = from.f_namelen;
    return put_user(s, to);
}

/// A short string of the user's; null is the empty string. 0 or -errno.
int copy_name(char* to, const char* from, size_t size) {
    to[0] = '\0';
    if (!from) return 0;
    const long length = strncpy_from_user(to, from, size);
    return length < 0 ? static_cast<int>(length) : length >= static_cast<long>(size) ? -EINVAL : 0;
}
}  // namespace

long sys_mount(const char* source, const char* target, const char* type, ulong flags, const void*) {
    char source_name[64], type_name[16];
    int error = copy_name(source_name, source, sizeof source_name);
    if (!error && !(flags & MS_REMOUNT)) error = copy_name(type_name, type, sizeof type_name);
    if (error) return error;
    dentry* place = nullptr;
    error = user_path(target, LOOKUP_FOLLOW, &place);
    if (error) return error;
    error = flags & MS_REMOUNT ? do_remount(place, flags) : do_mount(source_name, place, type_name, flags);
    dput(place);
    return error;
}

long sys_umount2(const char* target, unsigned flags) {
    if (flags) return -EINVAL;
    dentry* place = nullptr;
    if (const int error = user_path(target, LOOKUP_FOLLOW, &place)) return error;
    return do_umount(place);
}

long sys_umount(const char* target) {
    return sys_umount2(target, 0);
}

long sys_statfs(const char* path, struct statfs32* status) {
    kstatfs s{};
    const int error = describe_path(path, &s);
    return give(error, s, status);
}
long sys_fstatfs(unsigned fd, struct statfs32* status) {
    kstatfs s{};
    const int error = describe_fd(fd, &s);
    return give(error, s, status);
}
long sys_statfs64(const char* path, size_t size, struct statfs64* status) {
    if (size != sizeof *status) return -EINVAL;
    kstatfs s{};
    const int error = describe_path(path, &s);
    return give(error, s, status);
}
long sys_fstatfs64(unsigned fd, size_t size, struct statfs64* status) {
    if (size != sizeof *status) return -EINVAL;
    kstatfs s{};
    const int error = describe_fd(fd, &s);
    return give(error, s, status);
}
