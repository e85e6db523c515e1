// SPDX-License-Identifier: GPL-2.0-or-later
// Moving bytes between open files and programs, and moving the file position.
#include "arch/uaccess.h"
#include "fs/aio.h"
#include "fs/internal.h"
#include "fs/namei_change.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/mm.h"

namespace {
constexpr size_t MAX_RW_COUNT = 0x7FFFF000;  // longer transfers are cut to this

/// Checks the mode and the buffer, then reads. Bytes or -errno.
long vfs_read(file* filp, char* buffer, size_t count, loff_t* position) {
    if (!(filp->f_mode & FMODE_READ)) return -EBADF;
    if (is_directory(filp->f_path.dentry->d_inode)) return -EISDIR;
    if (!filp->f_op->read) return -EINVAL;
    if (static_cast<long>(count) < 0) return -EINVAL;
    if (!access_ok(buffer, count)) return -EFAULT;
    count = min(count, MAX_RW_COUNT);
    const sync_request request(filp, IOCB_CMD_PREAD, buffer, count, *position);
    return filp->f_op->read(filp, buffer, count, position);
}

long vfs_write(file* filp, const char* buffer, size_t count, loff_t* position) {
    if (!(filp->f_mode & FMODE_WRITE)) return -EBADF;
    if (!filp->f_op->write) return -EINVAL;
    if (static_cast<long>(count) < 0) return -EINVAL;
    if (!access_ok(buffer, count)) return -EFAULT;
    count = min(count, MAX_RW_COUNT);
    const sync_request request(filp, IOCB_CMD_PWRITE, const_cast<char*>(buffer), count, *position);
    return filp->f_op->write(filp, buffer, count, position);
}

long transfer_one(file* filp, const iovec32& piece, unsigned mode) {
    return mode == FMODE_READ ? vfs_read(filp, piece.base, piece.length, &filp->f_pos)
                              : vfs_write(filp, piece.base, piece.length, &filp->f_pos);
}

/// readv and writev: piece after piece until one comes short.
long transfer_vector(unsigned fd, const iovec32* vector, ulong count, unsigned mode) {
    if (count > UIO_MAXIOV) return -EINVAL;
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    long done = 0, result = 0;
    for (ulong i = 0; i < count; i++) {
        iovec32 piece{};
        result = get_user(piece, vector + i);
        if (result) break;
        result = transfer_one(filp, piece, mode);
        if (result < 0) break;
        done += result;
        if (static_cast<size_t>(result) < piece.length) break;
    }
    fput(filp);
    return done > 0 ? done : result;
}
}  // namespace

long sys_read(unsigned fd, char* buffer, size_t count) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const long result = vfs_read(filp, buffer, count, &filp->f_pos);
    fput(filp);
    return result;
}

long sys_write(unsigned fd, const char* buffer, size_t count) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const long result = vfs_write(filp, buffer, count, &filp->f_pos);
    fput(filp);
    return result;
}

long sys_readv(unsigned fd, const iovec32* vector, ulong count) {
    return transfer_vector(fd, vector, count, FMODE_READ);
}
long sys_writev(unsigned fd, const iovec32* vector, ulong count) {
    return transfer_vector(fd, vector, count, FMODE_WRITE);
}

long sys_pread64(unsigned fd, char* buffer, size_t count, u32 offset_low, u32 offset_high) {
    loff_t position = static_cast<loff_t>(static_cast<u64>(offset_high) << 32 | offset_low);
    if (position < 0) return -EINVAL;
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const bool seekable = filp->f_op->llseek != no_llseek;
    const long result = seekable ? vfs_read(filp, buffer, count, &position) : -ESPIPE;
    fput(filp);
    return result;
}

long sys_pwrite64(unsigned fd, const char* buffer, size_t count, u32 offset_low, u32 offset_high) {
    loff_t position = static_cast<loff_t>(static_cast<u64>(offset_high) << 32 | offset_low);
    if (position < 0) return -EINVAL;
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const bool seekable = filp->f_op->llseek != no_llseek;
    const long result = seekable ? vfs_write(filp, buffer, count, &position) : -ESPIPE;
    fput(filp);
    return result;
}

loff_t generic_file_llseek(file* filp, loff_t offset, int whence) {
    const inode* node = filp->f_path.dentry->d_inode;
    if (whence == SEEK_CUR) offset += filp->f_pos;
    if (whence == SEEK_END) offset += node->i_size;
    if (whence < SEEK_SET || whence > SEEK_END || offset < 0) return -EINVAL;
    filp->f_pos = offset;
    return offset;
}

loff_t no_llseek(file*, loff_t, int) {
    return -ESPIPE;
}

static loff_t vfs_llseek(file* filp, loff_t offset, unsigned whence) {
    const auto seek = filp->f_op->llseek ? filp->f_op->llseek : generic_file_llseek;
    return seek(filp, offset, static_cast<int>(whence));
}

long sys_lseek(unsigned fd, long offset, unsigned whence) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const loff_t result = vfs_llseek(filp, offset, whence);
    fput(filp);
    const long narrow = static_cast<long>(result);
    return narrow == result ? narrow : -EOVERFLOW;
}

long sys_llseek(unsigned fd, ulong offset_high, ulong offset_low, loff_t* result, unsigned whence) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const loff_t offset = static_cast<loff_t>(static_cast<u64>(offset_high) << 32 | offset_low);
    const loff_t position = vfs_llseek(filp, offset, whence);
    fput(filp);
    return position < 0 ? static_cast<long>(position) : put_user(position, result);
}

long kernel_read(file* filp, loff_t offset, void* buffer, size_t count) {
    const inode* node = filp->f_path.dentry->d_inode;
    if (offset < 0 || !filp->f_mapping->a_ops) return -EINVAL;
    if (offset >= node->i_size) return 0;
    count = static_cast<size_t>(min<u64>(count, static_cast<u64>(node->i_size - offset)));
    size_t done = 0;
    while (done < count) {
        const u64 at = static_cast<u64>(offset) + done;
        const size_t within = static_cast<size_t>(at & (PAGE_SIZE - 1));
        const size_t piece = min<size_t>(count - done, PAGE_SIZE - within);
        bool was_read = false;
        page* cached = read_cache_page(filp, static_cast<pgoff_t>(at >> PAGE_SHIFT), &was_read);
        if (!cached) return done ? static_cast<long>(done) : -EIO;
        memcpy(static_cast<char*>(buffer) + done, static_cast<char*>(page_address(cached)) + within, piece);
        put_page(cached);
        done += piece;
    }
    return static_cast<long>(done);
}

long sys_ioctl(unsigned fd, unsigned command, ulong argument) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const long result = filp->f_op->ioctl ? filp->f_op->ioctl(filp, command, argument) : -ENOTTY;
    fput(filp);
    return result;
}
