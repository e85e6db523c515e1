// SPDX-License-Identifier: GPL-2.0-or-later
// The list of disks, and the way of every request to its driver.
#include "block/block.h"

#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"

namespace {

block_device* devices;  // changed at boot only

bool range_is_inside(const block_device* device, u32 sector, unsigned sectors) {
    return sector <= device->sectors && sectors <= device->sectors - sector;
}

void begin(block_device* device) {
    preempt_disable();
    device->in_flight++;
    preempt_enable();
}

void end(block_device* device, block_direction direction, unsigned sectors, ulong ticks, int error) {
    block_statistics* statistics = &device->statistics[direction];
    preempt_disable();
    device->in_flight--;
    statistics->requests++;
    statistics->ticks += ticks;
    if (error)
        statistics->errors++;
    else
        statistics->sectors += sectors;
    preempt_enable();
}

int transfer(block_device* device, block_direction direction, u32 sector, void* buffer, unsigned sectors) {
    BUG_ON(in_atomic());
    if (!range_is_inside(device, sector, sectors)) return -EIO;
    if (sectors == 0) return 0;
    const ulong start = jiffies;
    begin(device);
    const int error = device->operations->transfer(device, direction, sector, buffer, sectors);
    end(device, direction, sectors, jiffies - start, error);
    return error;
}

}  // namespace

void register_block_device(block_device* device) {
    BUG_ON(blkdev_get(device->rdev));
    mutex_init(&device->byte_lock);
    device->next = nullptr;
    block_device** end = &devices;
    while (*end)
        end = &(*end)->next;
    *end = device;
}

block_device* first_block_device() {
    return devices;
}

block_device* blkdev_get(u16 rdev) {
    block_device* device = devices;
    while (device && device->rdev != rdev)
        device = device->next;
    return device;
}

block_device* find_block_device(const char* name) {
    block_device* device = devices;
    while (device && strcmp(device->name, name) != 0)
        device = device->next;
    return device;
}

int blkdev_read(block_device* device, u32 sector, void* buffer, unsigned sectors) {
    return transfer(device, BLOCK_READ, sector, buffer, sectors);
}

int blkdev_write(block_device* device, u32 sector, const void* buffer, unsigned sectors) {
    return transfer(device, BLOCK_WRITE, sector, const_cast<void*>(buffer), sectors);
}

int blkdev_flush(block_device* device) {
    BUG_ON(in_atomic());
    preempt_disable();
    device->flushes++;
    preempt_enable();
    return device->operations->flush(device);
}
