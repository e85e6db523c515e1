// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel messages: to the serial port, to the screen, and kept in the log buffer.
#pragma once

#include "lib/types.h"

/// May be called from any context, interrupts included. Formats as vsnprintf (lib/string.h).
void printk(const char* format, ...) __attribute__((format(printf, 1, 2)));
/// Prints the message and a back trace with symbols, then stops the machine with exit code 3.
[[noreturn]] void panic(const char* format, ...) __attribute__((format(printf, 1, 2)));
/// A back trace of the running kernel stack, one "  [<c0101234>] name+0x12" a line.
void dump_stack();

/// The log buffer: a ring of the last LOG_BUF_LEN characters; log_end counts all ever written.
constexpr unsigned LOG_BUF_LEN = 1 << 15;
extern char log_buf[LOG_BUF_LEN];
extern unsigned log_end;
