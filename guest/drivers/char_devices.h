// SPDX-License-Identifier: GPL-2.0-or-later
// Character devices of guest/drivers, for the table of fs/devices.cpp, and what they share.
#pragma once

#include "fs/fs.h"

extern const file_operations mem_operations;      // /dev/mem
extern const file_operations buffer_operations;   // /dev/buffer
extern const file_operations kthread_operations;  // /dev/kthread
extern const file_operations shadow_operations;   // /dev/shadow

/// The observer outside is told `id`; the machine stands still while he looks. fs/devices.cpp
void pass_checkpoint(u32 id);
/// A read() of a text in kernel memory from *position on. Bytes or -errno. fs/devices.cpp
long simple_read_from_buffer(char* to, size_t count, loff_t* position, const char* text, size_t length);
/// The decimal number at *text, of at most nine digits; *text moves behind it. -EINVAL if there is none.
int parse_decimal(const char** text, u32* value);
