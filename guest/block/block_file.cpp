// SPDX-License-Identifier: GPL-2.0-or-later
// Disks as special files in /dev: a program reads and writes bytes, the disk moves whole sectors.
#include "arch/uaccess.h"
#include "block/block.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/gfp.h"

namespace {

constexpr unsigned BOUNCE_SECTORS = PAGE_SIZE / SECTOR_SIZE;
enum : unsigned { BLKGETSIZE = 0x1260, BLKFLSBUF = 0x1261, BLKSSZGET = 0x1268, BLKGETSIZE64 = 0x80041272 };

loff_t size_in_bytes(const block_device* device) {
    return static_cast<loff_t>(device->sectors) << SECTOR_SHIFT;
}
block_device* device_of(file* filp) {
    return static_cast<block_device*>(filp->private_data);
}

/// What of a transfer fits into one bounce buffer: whole sectors around [position, position + bytes).
struct piece {
    piece(loff_t position, size_t count)
        : sector(static_cast<u32>(position >> SECTOR_SHIFT)),
          within(static_cast<unsigned>(position) & (SECTOR_SIZE - 1)),
          bytes(min<size_t>(count, PAGE_SIZE - within)),
          sectors((within + bytes + SECTOR_SIZE - 1) >> SECTOR_SHIFT) {}
    u32 sector;
    unsigned within;  // offset of the first byte in the first sector
    size_t bytes;
    unsigned sectors;  // at most BOUNCE_SECTORS
    [[nodiscard]] bool whole() const { return within == 0 && bytes % SECTOR_SIZE == 0; }
};
static_assert(BOUNCE_SECTORS * SECTOR_SIZE == PAGE_SIZE);

int read_piece(block_device* device, const piece& p, char* bounce, char* to) {
    if (const int error = blkdev_read(device, p.sector, bounce, p.sectors)) return error;
    return copy_to_user(to, bounce + p.within, p.bytes) ? -EFAULT : 0;
}

/// Sectors of which only a part is written keep the rest: nobody else may change them in between.
int write_piece(block_device* device, const piece& p, char* bounce, const char* from) {
    mutex_lock(&device->byte_lock);
    int error = p.whole() ? 0 : blkdev_read(device, p.sector, bounce, p.sectors);
    if (!error && copy_from_user(bounce + p.within, from, p.bytes)) error = -EFAULT;
    if (!error) error = blkdev_write(device, p.sector, bounce, p.sectors);
    mutex_unlock(&device->byte_lock);
    return error;
}

/// Piece after piece of `count` bytes, all inside the device. The bytes done, or -errno if there are none.
template <class Buffer, class Move>
long for_each_piece(block_device* device, Buffer user, size_t count, loff_t* position, Move move) {
    char* bounce = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0));
    if (!bounce) return -ENOMEM;
    long done = 0;
    int error = 0;
    while (static_cast<size_t>(done) < count && !error) {
        const piece p(*position, count - static_cast<size_t>(done));
        error = move(device, p, bounce, user + done);
        if (error) break;
        done += static_cast<long>(p.bytes);
        *position += static_cast<loff_t>(p.bytes);
        if (signal_pending(current)) error = -EINTR;
    }
    free_page(reinterpret_cast<ulong>(bounce));
    return done > 0 ? done : error;
}

size_t bytes_left(const block_device* device, loff_t position) {
    const loff_t size = size_in_bytes(device);
    return position >= size ? 0 : static_cast<size_t>(min<loff_t>(size - position, 0x7FFFF000));
}

int block_open(inode* node, file* filp) {
    filp->private_data = blkdev_get(node->i_rdev);
    return filp->private_data ? 0 : -ENXIO;
}

long block_read(file* filp, char* buffer, size_t count, loff_t* position) {
    block_device* device = device_of(filp);
    const size_t left = min(count, bytes_left(device, *position));
    return left == 0 ? 0 : for_each_piece(device, buffer, left, position, read_piece);
}

long block_write(file* filp, const char* buffer, size_t count, loff_t* position) {
    block_device* device = device_of(filp);
    if (count == 0) return 0;
    const size_t left = min(count, bytes_left(device, *position));
    return left == 0 ? -ENOSPC : for_each_piece(device, buffer, left, position, write_piece);
}

loff_t block_llseek(file* filp, loff_t offset, int whence) {
    const loff_t size = size_in_bytes(device_of(filp));
    if (whence == SEEK_CUR) offset += filp->f_pos;
    if (whence == SEEK_END) offset += size;
    if (whence < SEEK_SET || whence > SEEK_END || offset < 0 || offset > size) return -EINVAL;
    return filp->f_pos = offset;
}

long block_ioctl(file* filp, unsigned command, ulong argument) {
    block_device* device = device_of(filp);
    switch (command) {
        case BLKGETSIZE:
            return put_user(static_cast<ulong>(device->sectors), reinterpret_cast<ulong*>(argument));
        case BLKGETSIZE64:
            return put_user(static_cast<u64>(size_in_bytes(device)), reinterpret_cast<u64*>(argument));
        case BLKSSZGET:
            return put_user(static_cast<int>(SECTOR_SIZE), reinterpret_cast<int*>(argument));
        case BLKFLSBUF:
            return blkdev_flush(device);
        default:
            return -ENOTTY;
    }
}

/// Nothing is kept back but by the device itself.
int block_fsync(file* filp) {
    return blkdev_flush(device_of(filp));
}
}  // namespace

const file_operations block_file_operations{.open = block_open,
                                            .read = block_read,
                                            .write = block_write,
                                            .ioctl = block_ioctl,
                                            .llseek = block_llseek,
                                            .fsync = block_fsync};

void block_files_init() {
    dentry* dev = find_child(root_dentry, "dev", 3);
    for (block_device* device = first_block_device(); device; device = device->next) {
        inode* node = rootfs_special_inode(S_IFBLK | 0660, device->rdev, &block_file_operations);
        if (!node || !rootfs_add(dev, device->name, static_cast<unsigned>(strlen(device->name)), node)) {
            panic("block_files_init: no memory for /dev/%s", device->name);
        }
    }
}
