// SPDX-License-Identifier: GPL-2.0-or-later
// The primary ATA channel (ports 0x1F0 - 0x1F7 and 0x3F6, IRQ 14): its registers, its interrupt, its waiting.
#pragma once

#include "lib/types.h"

/// Takes the interrupt line. Once, before everything else here.
void ide_channel_init();

/// The channel has one user at a time; everything below needs it held. ide_lock may sleep.
void ide_lock();
void ide_unlock();

/// True if a device answers at this place (0: master, 1: slave) of the channel.
bool ide_is_present(unsigned unit);
/// Starts a command with a 28-bit address and a count (256 is written as 0). Sleeps while the channel is
/// busy. 0, or -EIO if the device does not get ready for it.
int ide_command(unsigned unit, u8 command, u32 sector, unsigned count);
/// Sleeps until the device interrupts. 0, or -EIO if it does not within the time a disk may take.
int ide_wait_for_interrupt();
/// Waits until BSY is clear. 0 or -EIO.
int ide_wait_while_busy();
/// What the status at the last wait says: the device has data to move / ended with an error.
bool ide_wants_data();
bool ide_has_failed();
/// Moves data through the data register; `bytes` is a multiple of four.
void ide_read_words(void* buffer, unsigned bytes);
void ide_write_words(const void* buffer, unsigned bytes);
/// Resets both devices and waits until they are ready again, or for as long as the standard allows.
void ide_soft_reset();
