// SPDX-License-Identifier: GPL-2.0-or-later
// Device commands that this system has.
#pragma once

enum : unsigned long { TCGETS = 0x5401 };
/// The terminal's settings as TCGETS gives them (the kernel's struct termios: 36 bytes).
struct __kernel_termios {
    unsigned c_iflag, c_oflag, c_cflag, c_lflag;
    unsigned char c_line, c_cc[19];
};
static_assert(sizeof(__kernel_termios) == 36);

extern "C" int ioctl(int fd, unsigned long command, ...);
