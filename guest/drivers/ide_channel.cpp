// SPDX-License-Identifier: GPL-2.0-or-later
// The registers of an ATA channel (ATA/ATAPI-6, clause 7) and the waiting for its interrupt.
#include "drivers/ide_channel.h"

#include "arch/processor.h"
#include "arch/traps.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "kernel/semaphore.h"

namespace {

enum : u16 {
    DATA = 0x1F0,
    SECTOR_COUNT = 0x1F2,
    LBA_LOW = 0x1F3,
    LBA_MID = 0x1F4,
    LBA_HIGH = 0x1F5,
    DEVICE = 0x1F6,
    STATUS = 0x1F7,
    COMMAND = 0x1F7,
    ALTERNATE_STATUS = 0x3F6,
    DEVICE_CONTROL = 0x3F6
};
enum : u8 { STATUS_ERR = 0x01, STATUS_DRQ = 0x08, STATUS_DF = 0x20, STATUS_DRDY = 0x40, STATUS_BSY = 0x80 };
enum : u8 { DEVICE_OBSOLETE_ONES = 0xA0, DEVICE_LBA = 0x40, DEVICE_UNIT_1 = 0x10 };
enum : u8 { CONTROL_SRST = 0x04 };
constexpr unsigned IRQ_IDE = 14;
constexpr long COMMAND_TICKS = 7 * HZ;  // a disk that spins up again may take so long
constexpr long RESET_TICKS = 31 * HZ;   // clause 9.2
constexpr unsigned POLLS = 200;         // of the status register, before sleeping

mutex channel_lock;
wait_queue_head_t channel_wait;
volatile bool interrupted;  // since the last command or the last wait
volatile u8 status;         // as the last wait found it

/// Reading the status register takes the interrupt back. Busy: not an interrupt of the running command.
void ide_interrupt(unsigned, pt_regs*) {
    const u8 now = inb(STATUS);
    if (now & STATUS_BSY) return;
    status = now;
    interrupted = true;
    wake_up_all(&channel_wait);
}

/// 400 ns: four cycles of the bus.
void settle() {
    for (int i = 0; i < 4; i++)
        (void)inb(ALTERNATE_STATUS);
}

/// Polls, then sleeps tick by tick, until the bits of `mask` are `wanted`. The last status is kept.
int wait_for_status(u8 mask, u8 wanted, long ticks) {
    for (unsigned i = 0; i < POLLS; i++) {
        status = inb(ALTERNATE_STATUS);
        if ((status & mask) == wanted) return 0;
    }
    for (; ticks > 0; ticks--) {
        schedule_timeout_uninterruptible(1);
        status = inb(ALTERNATE_STATUS);
        if ((status & mask) == wanted) return 0;
    }
    return -EIO;
}

void select(unsigned unit, u8 more) {
    outb(static_cast<u8>(DEVICE_OBSOLETE_ONES | (unit ? DEVICE_UNIT_1 : 0) | more), DEVICE);
    settle();
}

}  // namespace

void ide_channel_init() {
    mutex_init(&channel_lock);
    init_waitqueue_head(&channel_wait);
    request_irq(IRQ_IDE, ide_interrupt);
}

void ide_lock() {
    mutex_lock(&channel_lock);
}
void ide_unlock() {
    mutex_unlock(&channel_lock);
}

/// A channel without devices reads as all ones, all ones but BSY (a pulled-down bit 7), or 0; a lone master
/// answers 0 for the slave.
bool ide_is_present(unsigned unit) {
    constexpr u8 pattern[2] = {0x55, 0xAA};
    select(unit, 0);
    const u8 now = inb(STATUS);
    if (now == 0 || now == 0xFF || now == 0x7F) return false;
    outb(pattern[0], SECTOR_COUNT);
    outb(pattern[1], LBA_LOW);
    return inb(SECTOR_COUNT) == pattern[0] && inb(LBA_LOW) == pattern[1];
}

int ide_command(unsigned unit, u8 command, u32 sector, unsigned count) {
    if (wait_for_status(STATUS_BSY | STATUS_DRQ, 0, COMMAND_TICKS)) return -EIO;
    select(unit, static_cast<u8>(DEVICE_LBA | ((sector >> 24) & 0xF)));
    if (wait_for_status(STATUS_BSY | STATUS_DRDY, STATUS_DRDY, COMMAND_TICKS)) return -EIO;
    outb(static_cast<u8>(count), SECTOR_COUNT);
    outb(static_cast<u8>(sector), LBA_LOW);
    outb(static_cast<u8>(sector >> 8), LBA_MID);
    outb(static_cast<u8>(sector >> 16), LBA_HIGH);
    (void)inb(STATUS);  // an old interrupt is gone
    interrupted = false;
    outb(command, COMMAND);
    (void)inb(ALTERNATE_STATUS);
    return 0;
}

int ide_wait_for_interrupt() {
    const ulong deadline = jiffies + COMMAND_TICKS;
    wait_queue_t wait{};
    for (;;) {
        prepare_to_wait(&channel_wait, &wait, TASK_UNINTERRUPTIBLE);
        const long left = static_cast<long>(deadline - jiffies);
        if (interrupted || left <= 0) break;
        schedule_timeout(left);
    }
    finish_wait(&channel_wait, &wait);
    const bool came = interrupted;
    interrupted = false;
    return came ? 0 : -EIO;
}

int ide_wait_while_busy() {
    return wait_for_status(STATUS_BSY, 0, COMMAND_TICKS);
}

bool ide_wants_data() {
    return (status & (STATUS_BSY | STATUS_DRQ | STATUS_ERR | STATUS_DF)) == STATUS_DRQ;
}
bool ide_has_failed() {
    return status & (STATUS_BSY | STATUS_ERR | STATUS_DF);
}

void ide_read_words(void* buffer, unsigned bytes) {
    insl(DATA, buffer, bytes / 4);
}
void ide_write_words(const void* buffer, unsigned bytes) {
    outsl(DATA, buffer, bytes / 4);
}

void ide_soft_reset() {
    outb(CONTROL_SRST, DEVICE_CONTROL);
    for (int i = 0; i < 10; i++)  // 5 us at least
        settle();
    outb(0, DEVICE_CONTROL);              // interrupts stay enabled
    schedule_timeout_uninterruptible(1);  // 2 ms until the status may be looked at
    select(0, 0);
    (void)wait_for_status(STATUS_BSY, 0, RESET_TICKS);
    (void)inb(STATUS);
    interrupted = false;
}
