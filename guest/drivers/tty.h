// SPDX-License-Identifier: GPL-2.0-or-later
// The console as a terminal: keyboard and serial line in, serial line and screen out. One line discipline.
#pragma once

#include "lib/types.h"

void tty_init();
/// A character from the keyboard or the line; from interrupts. Canonical mode: collected and echoed until the
/// line is complete; backspace takes the last one back, ^U the whole line, ^D ends the input, ^C is ignored.
void tty_receive(char c);
/// A line, or what fits of it, with its newline; 0 at the end of input (^D on an empty line). Sleeps until
/// there is one; -ERESTARTSYS when a signal comes, -EAGAIN with O_NONBLOCK and nothing there, -EFAULT.
long tty_read(char* user_buffer, size_t count, unsigned open_flags);
/// Bytes written or -EFAULT. Sleeps while the line is slower than the writer.
long tty_write(const char* user_buffer, size_t count);
/// TCGETS, TCSETS*, TIOCGWINSZ, FIONREAD; -ENOTTY for the rest.
long tty_ioctl(unsigned command, ulong argument);
