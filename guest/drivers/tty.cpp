// SPDX-License-Identifier: GPL-2.0-or-later
// The line discipline of the console, and its system calls' work.
#include "drivers/tty.h"

#include "arch/uaccess.h"
#include "drivers/serial.h"
#include "drivers/vga.h"
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"

namespace {

/// struct termios of Linux's i386 ABI: what TCGETS and TCSETS carry.
struct termios {
    u32 c_iflag, c_oflag, c_cflag, c_lflag;
    u8 c_line, c_cc[19];
};
static_assert(sizeof(termios) == 36);

enum : u32 {
    ICRNL = 0x100,
    OPOST = 0x1,
    ONLCR = 0x4,
    B38400_CS8_CREAD = 0xBF,
    ICANON = 0x2,
    ECHO = 0x8,
    ECHOE = 0x10
};
enum : unsigned { VEOF = 4, VERASE = 2, VKILL = 3, VMIN = 6 };
enum : unsigned {
    TCGETS = 0x5401,
    TCSETS = 0x5402,
    TCSETSW = 0x5403,
    TCSETSF = 0x5404,
    TIOCGWINSZ = 0x5413,
    FIONREAD = 0x541B
};
enum : char { CTRL_C = 3, CTRL_D = 4, CTRL_H = 8, CTRL_U = 21, DELETE = 127 };

constexpr unsigned LINE_SIZE = 256, INPUT_SIZE = 2048;

/// Guards everything below; taken in interrupts.
spinlock_t input_lock = SPIN_LOCK_UNLOCKED;
wait_queue_head_t readers;
termios settings;
char line[LINE_SIZE];  // what is being typed
unsigned line_length;
char input[INPUT_SIZE];  // complete lines, a ring
unsigned input_head, input_tail;
unsigned ends_of_input;  // ^D on an empty line that no read has seen yet

bool canonical() {
    return settings.c_lflag & ICANON;
}
bool echoes() {
    return settings.c_lflag & ECHO;
}

void output(const char* text, size_t length) {
    serial_write(text, length);
    vga_write(text, length);
}

void echo(char c) {
    if (echoes()) output(&c, 1);
}

void erase_last() {
    line_length--;
    if (echoes()) output("\b \b", 3);
}

void deliver(char c) {
    if (input_head - input_tail < INPUT_SIZE) input[input_head++ % INPUT_SIZE] = c;
}

void deliver_line() {
    for (unsigned i = 0; i < line_length; i++)
        deliver(line[i]);
    line_length = 0;
    wake_up_all(&readers);
}

void edit(char c) {
    switch (c) {
        case CTRL_C:
            return;
        case CTRL_H:
        case DELETE:
            if (line_length > 0) erase_last();
            return;
        case CTRL_U:
            while (line_length > 0)
                erase_last();
            return;
        case CTRL_D:
            if (line_length == 0) ends_of_input++;
            deliver_line();
            return;
        case '\n':
            echo(c);
            line[line_length++] = c;
            deliver_line();
            return;
        default:
            if (line_length >= LINE_SIZE - 1 || static_cast<u8>(c) < ' ') return;  // the newline still fits
            echo(c);
            line[line_length++] = c;
    }
}

bool readable() {
    return input_head != input_tail || ends_of_input != 0;
}

/// Takes up to `size` bytes, in canonical mode not beyond a newline.
size_t take_input(char* to, size_t size) {
    spin_guard_irq guard(&input_lock);
    if (input_head == input_tail) {
        if (ends_of_input > 0) ends_of_input--;
        return 0;
    }
    size_t taken = 0;
    while (taken < size && input_head != input_tail) {
        const char c = input[input_tail++ % INPUT_SIZE];
        to[taken++] = c;
        if (c == '\n' && canonical()) break;
    }
    return taken;
}

long set_termios(const termios* from) {
    termios wanted;
    if (copy_from_user(&wanted, from, sizeof wanted)) return -EFAULT;
    spin_guard_irq guard(&input_lock);
    settings = wanted;
    return 0;
}

}  // namespace

void tty_init() {
    init_waitqueue_head(&readers);
    settings = {ICRNL, OPOST | ONLCR, B38400_CS8_CREAD, ICANON | ECHO | ECHOE, 0, {}};
    settings.c_cc[VEOF] = CTRL_D;
    settings.c_cc[VERASE] = DELETE;
    settings.c_cc[VKILL] = CTRL_U;
    settings.c_cc[VMIN] = 1;
}

void tty_receive(char c) {
    spin_guard_irq guard(&input_lock);
    if (c == '\r' && (settings.c_iflag & ICRNL)) c = '\n';
    if (canonical()) {
        edit(c);
        return;
    }
    echo(c);
    deliver(c);
    wake_up_all(&readers);
}

long tty_read(char* user_buffer, size_t count, unsigned open_flags) {
    if (count == 0) return 0;
    if (!readable() && (open_flags & O_NONBLOCK)) return -EAGAIN;
    const int interrupted = wait_event_interruptible(readers, readable());
    if (interrupted) return interrupted;
    char text[LINE_SIZE];
    const size_t taken = take_input(text, min<size_t>(count, sizeof text));
    return copy_to_user(user_buffer, text, taken) ? -EFAULT : static_cast<long>(taken);
}

long tty_write(const char* user_buffer, size_t count) {
    char text[LINE_SIZE];
    size_t written = 0;
    while (written < count) {
        const size_t part = min<size_t>(count - written, sizeof text);
        const size_t copied = part - copy_from_user(text, user_buffer + written, part);
        serial_wait_for_room(2 * copied);
        output(text, copied);
        written += copied;
        if (copied < part) return written ? static_cast<long>(written) : -EFAULT;
    }
    return static_cast<long>(written);
}

long tty_ioctl(unsigned command, ulong argument) {
    void* user = reinterpret_cast<void*>(argument);
    switch (command) {
        case TCGETS:
            return copy_to_user(user, &settings, sizeof settings) ? -EFAULT : 0;
        case TCSETS:
        case TCSETSW:
        case TCSETSF:
            return set_termios(static_cast<const termios*>(user));
        case TIOCGWINSZ: {
            const u16 size[4] = {25, 80, 0, 0};
            return copy_to_user(user, size, sizeof size) ? -EFAULT : 0;
        }
        case FIONREAD:
            return put_user(static_cast<int>(input_head - input_tail), static_cast<int*>(user));
        default:
            return -ENOTTY;
    }
}
