// SPDX-License-Identifier: GPL-2.0-or-later
// The first serial port (16550A at 0x3F8, IRQ 4): the kernel's console line.
#pragma once

#include "lib/types.h"

/// 115200 baud, 8N1, FIFOs on. Usable at once for output.
void serial_init();
/// From now on interrupts empty the transmit ring and bring input to the terminal. Needs the interrupt
/// controllers.
void serial_irq_init();
/// Queues the text for the line, each "\n" as "\r\n". Never sleeps; waits on the line when the ring is full.
void serial_write(const char* text, size_t length);
/// Sleeps until the ring has room for `bytes`, so that a fast writer waits without spinning.
void serial_wait_for_room(size_t bytes);
/// Sleeps until everything queued so far has gone to the transmitter.
void serial_wait_until_sent();
/// Returns when everything queued has left, without interrupts: for panic and power-off.
void serial_flush();
