// SPDX-License-Identifier: GPL-2.0-or-later
// Changing files, directories and mounts: one system call each.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/result.h"

namespace {
/// The halves of a file offset, as two arguments.
long low(loff_t offset) {
    return static_cast<long>(offset);
}
long high(loff_t offset) {
    return static_cast<long>(offset >> 32);
}
}  // namespace

int creat(const char* path, unsigned mode) {
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
ssize_t pread(int fd, void* buffer, size_t count, loff_t offset) {
    return result(__syscall(__NR_pread64, fd, arg(buffer), arg(count), low(offset), high(offset)));
}
ssize_t pwrite(int fd, const void* buffer, size_t count, loff_t offset) {
    return result(__syscall(__NR_pwrite64, fd, arg(buffer), arg(count), low(offset), high(offset)));
}
int fdatasync(int fd) {
    return result(__syscall(__NR_fdatasync, fd));
}
void sync() {
    __syscall(__NR_sync);
}
int truncate(const char* path, loff_t length) {
    return result(__syscall(__NR_truncate64, arg(path), low(length), high(length)));
}
int ftruncate(int fd, loff_t length) {
    return result(__syscall(__NR_ftruncate64, fd, low(length), high(length)));
}
int unlink(const char* path) {
    return result(__syscall(__NR_unlink, arg(path)));
}
int rmdir(const char* path) {
    return result(__syscall(__NR_rmdir, arg(path)));
}
int link(const char* from, const char* to) {
    return result(__syscall(__NR_link, arg(from), arg(to)));
}
int symlink(const char* target, const char* path) {
    return result(__syscall(__NR_symlink, arg(target), arg(path)));
}
int rename(const char* from, const char* to) {
    return result(__syscall(__NR_rename, arg(from), arg(to)));
}
int chown(const char* path, uid_t owner, gid_t group) {
    return result(__syscall(__NR_chown32, arg(path), arg(owner), arg(group)));
}
int chmod(const char* path, mode_t mode) {
    return result(__syscall(__NR_chmod, arg(path), arg(mode)));
}
int mkdir(const char* path, mode_t mode) {
    return result(__syscall(__NR_mkdir, arg(path), arg(mode)));
}
mode_t umask(mode_t mask) {
    return static_cast<mode_t>(__syscall(__NR_umask, arg(mask)));
}
int mount(const char* source, const char* target, const char* type, unsigned long flags, const void* data) {
    return result(__syscall(__NR_mount, arg(source), arg(target), arg(type), arg(flags), arg(data)));
}
int umount(const char* target) {
    return result(__syscall(__NR_umount2, arg(target), 0));
}
int statfs(const char* path, struct statfs* status) {
    return result(__syscall(__NR_statfs64, arg(path), sizeof(*status), arg(status)));
}
