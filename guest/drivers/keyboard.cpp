// SPDX-License-Identifier: GPL-2.0-or-later
// Scan codes of set 1 (the 8042 translates) into characters (IBM PS/2 Hardware Interface Technical Reference,
// "Keyboard and Auxiliary Device Controller").
#include "drivers/keyboard.h"

#include "arch/processor.h"
#include "arch/traps.h"
#include "drivers/tty.h"

namespace {

enum : u16 { DATA = 0x60, STATUS = 0x64, COMMAND = 0x64 };
enum : u8 { STATUS_OUTPUT_FULL = 0x01, STATUS_INPUT_FULL = 0x02 };
enum : u8 { COMMAND_WRITE_MODE = 0x60, MODE_IRQ1_SYSTEM_TRANSLATE = 0x45 };
constexpr unsigned IRQ_KEYBOARD = 1, PATIENCE = 100000;

enum : u8 {
    RELEASED = 0x80,
    EXTENDED = 0xE0,
    LEFT_SHIFT = 0x2A,
    RIGHT_SHIFT = 0x36,
    CONTROL = 0x1D,
    CAPS_LOCK = 0x3A,
    KEYPAD_SLASH = 0x35,
    KEYPAD_ENTER = 0x1C
};

/// By scan code; 0: the key makes no character.
constexpr char plain[] =
    "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.";
constexpr char shifted[] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.";
static_assert(sizeof plain == sizeof shifted && plain[0x39] == ' ' && plain[0x47] == '7' &&
              plain[0x53] == '.');

bool shift, control, caps, extended;

void press(u8 code) {
    switch (code) {
        case LEFT_SHIFT:
        case RIGHT_SHIFT:
            shift = true;
            return;
        case CONTROL:
            control = true;
            return;
        case CAPS_LOCK:
            caps = !caps;
            return;
        default:
            break;
    }
    if (code >= sizeof plain - 1) return;
    char c = plain[code];
    const bool letter = c >= 'a' && c <= 'z';
    if (shift != (caps && letter)) c = shifted[code];
    if (control && letter) c = static_cast<char>(c & 0x1F);
    if (c != '\0') tty_receive(c);
}

void release(u8 code) {
    if (code == LEFT_SHIFT || code == RIGHT_SHIFT) shift = false;
    if (code == CONTROL) control = false;
}

void take_code(u8 code) {
    if (code == EXTENDED) {
        extended = true;
        return;
    }
    const bool was_extended = extended;
    extended = false;
    const u8 key = code & static_cast<u8>(~RELEASED);
    // Of the keys with the prefix, only these mean what they mean without: the rest are arrows and the like.
    if (was_extended && key != CONTROL && key != KEYPAD_ENTER && key != KEYPAD_SLASH) return;
    if (code & RELEASED)
        release(key);
    else
        press(key);
}

void keyboard_interrupt(unsigned, pt_regs*) {
    while (inb(STATUS) & STATUS_OUTPUT_FULL)
        take_code(inb(DATA));
}

void write_controller(u16 port, u8 value) {
    for (unsigned i = 0; i < PATIENCE && (inb(STATUS) & STATUS_INPUT_FULL); i++) {
    }
    outb(value, port);
}

}  // namespace

void keyboard_init() {
    for (unsigned i = 0; i < PATIENCE && (inb(STATUS) & STATUS_OUTPUT_FULL); i++)
        (void)inb(DATA);
    write_controller(COMMAND, COMMAND_WRITE_MODE);
    write_controller(DATA, MODE_IRQ1_SYSTEM_TRANSLATE);
    request_irq(IRQ_KEYBOARD, keyboard_interrupt);
}
