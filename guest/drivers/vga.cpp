// SPDX-License-Identifier: GPL-2.0-or-later
// The text screen: a teletype that scrolls.
#include "drivers/vga.h"

#include "arch/pgtable.h"
#include "arch/processor.h"
#include "lib/string.h"

namespace {

constexpr unsigned COLUMNS = 80, ROWS = 25, TAB = 8;
constexpr u16 ATTRIBUTE = 0x0700, BLANK = ATTRIBUTE | ' ';
constexpr u16 CRTC_INDEX = 0x3D4, CRTC_DATA = 0x3D5;
constexpr u8 CURSOR_HIGH = 0x0E, CURSOR_LOW = 0x0F;

unsigned row, column;

u16* cells() {
    return static_cast<u16*>(__va(0xB8000));
}

void clear_row(unsigned which) {
    for (unsigned i = 0; i < COLUMNS; i++)
        cells()[which * COLUMNS + i] = BLANK;
}

void new_line() {
    if (++row < ROWS) return;
    row = ROWS - 1;
    memmove(cells(), cells() + COLUMNS, (ROWS - 1) * COLUMNS * sizeof(u16));
    clear_row(row);
}

void put(char c) {
    switch (c) {
        case '\n':
            column = 0;
            new_line();
            return;
        case '\r':
            column = 0;
            return;
        case '\b':
            if (column > 0) column--;
            return;
        case '\t':
            column = (column / TAB + 1) * TAB;
            break;
        default:
            cells()[row * COLUMNS + column++] = static_cast<u16>(ATTRIBUTE | static_cast<u8>(c));
    }
    if (column >= COLUMNS) {
        column = 0;
        new_line();
    }
}

void move_cursor() {
    const unsigned position = row * COLUMNS + column;
    outb(CURSOR_HIGH, CRTC_INDEX);
    outb(static_cast<u8>(position >> 8), CRTC_DATA);
    outb(CURSOR_LOW, CRTC_INDEX);
    outb(static_cast<u8>(position), CRTC_DATA);
}

}  // namespace

void vga_init() {
    for (unsigned i = 0; i < ROWS; i++)
        clear_row(i);
    row = column = 0;
    move_cursor();
}

void vga_write(const char* text, size_t length) {
    for (size_t i = 0; i < length; i++)
        put(text[i]);
    move_cursor();
}
