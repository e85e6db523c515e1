// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/console and /dev/tty: the terminal of drivers/tty.h as a file.
#include "drivers/tty.h"
#include "fs/internal.h"

namespace {
long read_console(file* filp, char* buffer, size_t count, loff_t*) {
    return tty_read(buffer, count, filp->f_flags);
}
long write_console(file*, const char* buffer, size_t count, loff_t*) {
    return tty_write(buffer, count);
}
long control_console(file*, unsigned command, ulong argument) {
    return tty_ioctl(command, argument);
}
}  // namespace

const file_operations console_operations{
    .read = read_console, .write = write_console, .ioctl = control_console, .llseek = no_llseek};
