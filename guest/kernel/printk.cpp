// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel messages: formatted, kept in the log buffer, shown on the serial line and the screen.
#include "kernel/printk.h"

#include "arch/processor.h"
#include "drivers/serial.h"
#include "drivers/vga.h"
#include "lib/string.h"

char log_buf[LOG_BUF_LEN];
unsigned log_end;

void printk(const char* format, ...) {
    // Interrupts stay off from formatting to output: one buffer serves every context.
    static char line[512];
    const ulong flags = local_irq_save();
    va_list args;
    va_start(args, format);
    const int wanted = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    const size_t length = min<size_t>(static_cast<size_t>(wanted), sizeof line - 1);
    for (size_t i = 0; i < length; i++)
        log_buf[log_end++ % LOG_BUF_LEN] = line[i];
    serial_write(line, length);
    vga_write(line, length);
    local_irq_restore(flags);
}
