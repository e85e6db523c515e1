// SPDX-License-Identifier: GPL-2.0-or-later
// ATA disks by programmed I/O, 28-bit block addresses, one command at a time (ATA/ATAPI-6, T13 1410D).
#include "drivers/ide.h"

#include "block/block.h"
#include "drivers/ide_channel.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"

namespace {

enum : u8 {
    READ_SECTORS = 0x20,
    WRITE_SECTORS = 0x30,
    FLUSH_CACHE = 0xE7,
    IDENTIFY_DEVICE = 0xEC,
};
/// Words of the answer to IDENTIFY DEVICE (6.17).
enum : unsigned { IDENTIFY_CAPABILITIES = 49, IDENTIFY_LBA_SECTORS = 60, IDENTIFY_WORDS = 256 };
constexpr u16 CAPABILITY_LBA = 1u << 9;
constexpr unsigned MAX_SECTORS = 256;  // of one command: the count register says 0
constexpr unsigned ATTEMPTS = 2;

struct ide_drive {
    block_device disk;
    unsigned unit;  // 0: master, 1: slave
};
ide_drive drives[2] = {{.disk = {.name = "hda", .rdev = make_dev(IDE0_MAJOR, 0)}, .unit = 0},
                       {.disk = {.name = "hdb", .rdev = make_dev(IDE0_MAJOR, 64)}, .unit = 1}};

ide_drive* drive_of(block_device* device) {
    return static_cast<ide_drive*>(device->driver_data);
}

/// One command's data phase. `*done`: sectors that went well. 0 or -EIO.
int read_data(char* buffer, unsigned sectors, unsigned* done) {
    for (; *done < sectors; ++*done) {
        if (ide_wait_for_interrupt() || !ide_wants_data()) return -EIO;
        ide_read_words(buffer + *done * SECTOR_SIZE, SECTOR_SIZE);
    }
    return 0;
}

/// The device asks for the first sector without an interrupt (9.6); each interrupt ends the sector before it.
int write_data(const char* buffer, unsigned sectors, unsigned* done) {
    if (ide_wait_while_busy() || !ide_wants_data()) return -EIO;
    while (*done < sectors) {
        ide_write_words(buffer + *done * SECTOR_SIZE, SECTOR_SIZE);
        if (ide_wait_for_interrupt() || ide_has_failed()) return -EIO;
        ++*done;
        if (*done < sectors && !ide_wants_data()) return -EIO;
    }
    return 0;
}

/// One command of at most MAX_SECTORS. The channel is the caller's.
int command_transfer(const ide_drive* drive, block_direction direction, u32 sector, char* buffer,
                     unsigned sectors, unsigned* done) {
    const u8 command = direction == BLOCK_READ ? READ_SECTORS : WRITE_SECTORS;
    if (const int error = ide_command(drive->unit, command, sector, sectors)) return error;
    return direction == BLOCK_READ ? read_data(buffer, sectors, done) : write_data(buffer, sectors, done);
}

/// A failed command is tried once more, from the sector that failed, after the devices have been reset.
int transfer_retried(const ide_drive* drive, block_direction direction, u32 sector, char* buffer,
                     unsigned sectors) {
    unsigned done = 0;
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        const unsigned before = done;
        unsigned moved = 0;
        const int error = command_transfer(drive, direction, sector + before, buffer + before * SECTOR_SIZE,
                                           sectors - before, &moved);
        done = before + moved;
        if (!error) return 0;
        ide_soft_reset();
    }
    printk("%s: I/O error, %s of sector %u\n", drive->disk.name, direction == BLOCK_READ ? "read" : "write",
           sector + done);
    return -EIO;
}

int ide_transfer(block_device* device, block_direction direction, u32 sector, void* buffer,
                 unsigned sectors) {
    const ide_drive* drive = drive_of(device);
    char* at = static_cast<char*>(buffer);
    int error = 0;
    ide_lock();
    for (unsigned left = sectors; left > 0 && !error;) {
        const unsigned now = min(left, MAX_SECTORS);
        error = transfer_retried(drive, direction, sector, at, now);
        sector += now;
        at += now * SECTOR_SIZE;
        left -= now;
    }
    ide_unlock();
    return error;
}

int flush_once(const ide_drive* drive) {
    if (const int error = ide_command(drive->unit, FLUSH_CACHE, 0, 0)) return error;
    if (const int error = ide_wait_for_interrupt()) return error;
    return ide_has_failed() ? -EIO : 0;
}

int ide_flush(block_device* device) {
    const ide_drive* drive = drive_of(device);
    ide_lock();
    int error = flush_once(drive);
    for (unsigned attempt = 1; error && attempt < ATTEMPTS; attempt++) {
        ide_soft_reset();
        error = flush_once(drive);
    }
    ide_unlock();
    if (error) printk("%s: I/O error, flush\n", drive->disk.name);
    return error;
}

constexpr block_device_operations ide_operations{.transfer = ide_transfer, .flush = ide_flush};

/// The number of sectors of a disk that understands 28-bit addresses; 0: there is none.
u32 identify(unsigned unit) {
    u16 words[IDENTIFY_WORDS];
    if (ide_command(unit, IDENTIFY_DEVICE, 0, 0)) return 0;
    if (ide_wait_for_interrupt() || !ide_wants_data()) return 0;  // a packet device refuses this command
    ide_read_words(words, sizeof words);
    if (!(words[IDENTIFY_CAPABILITIES] & CAPABILITY_LBA)) return 0;
    return words[IDENTIFY_LBA_SECTORS] | static_cast<u32>(words[IDENTIFY_LBA_SECTORS + 1]) << 16;
}

void probe(ide_drive* drive) {
    ide_lock();
    const u32 sectors = ide_is_present(drive->unit) ? identify(drive->unit) : 0;
    ide_unlock();
    if (sectors == 0) return;
    drive->disk.sectors = sectors;
    drive->disk.operations = &ide_operations;
    drive->disk.driver_data = drive;
    register_block_device(&drive->disk);
    printk("%s: %u sectors of %u bytes\n", drive->disk.name, sectors, SECTOR_SIZE);
}

}  // namespace

void ide_init() {
    ide_channel_init();
    for (ide_drive& drive : drives)
        probe(&drive);
}
