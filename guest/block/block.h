// SPDX-License-Identifier: GPL-2.0-or-later
// Disks as the rest of the kernel sees them: numbered sectors that are read and written, asleep, in order.
#pragma once

#include "kernel/semaphore.h"
#include "lib/types.h"

struct block_device;
struct file_operations;

constexpr unsigned SECTOR_SHIFT = 9, SECTOR_SIZE = 1u << SECTOR_SHIFT;
constexpr unsigned IDE0_MAJOR = 3;

enum block_direction : unsigned { BLOCK_READ, BLOCK_WRITE };

/// What a driver provides. Both may sleep; the range is inside the device. 0 or -EIO.
struct block_device_operations {
    int (*transfer)(block_device* device, block_direction direction, u32 sector, void* buffer,
                    unsigned sectors);
    /// Returns when everything written before would survive a loss of power.
    int (*flush)(block_device* device);
};

/// Of one direction, since boot. Single-copy words, counted with preemption off.
struct block_statistics {
    ulong requests;  // that came to an end, well or not
    ulong sectors;   // moved
    ulong ticks;     // spent in them
    ulong errors;    // requests that ended with -EIO
};

/// A disk, there from its driver's start until the machine ends.
struct block_device {
    const char* name;  // as in /dev
    u16 rdev;          // major << 8 | minor
    u32 sectors;       // of SECTOR_SIZE bytes
    const block_device_operations* operations;
    void* driver_data;               // the driver's
    block_statistics statistics[2];  // by block_direction
    ulong flushes;
    unsigned in_flight;  // requests begun and not ended
    mutex byte_lock;     // byte-granular access reads, changes and writes back whole sectors
    block_device* next;  // in the order of registration
};

/// Makes a device known. Its memory stays; name, rdev, sectors and operations are set. Task context, at boot.
void register_block_device(block_device* device);
/// The device with this number / name ("hda"), or null.
block_device* blkdev_get(u16 rdev);
block_device* find_block_device(const char* name);
/// All devices, by `next`.
block_device* first_block_device();

/// Sleep until done. `buffer` is kernel memory of the direct mapping. 0; -EIO when the device failed (what of
/// a failed write has reached the disk is unknown) or when the range is not inside the device. Neither
/// allocates memory, so that reclaim may call them; never with spin locks held.
int blkdev_read(block_device* device, u32 sector, void* buffer, unsigned sectors);
int blkdev_write(block_device* device, u32 sector, const void* buffer, unsigned sectors);
int blkdev_flush(block_device* device);

/// Block special files: bytes at any offset, through whole sectors, without a cache. block_file.cpp
extern const file_operations block_file_operations;
/// Boot: a special file in /dev for each device. After the drivers' start.
void block_files_init();
