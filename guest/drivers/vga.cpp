// SPDX-License-Identifier: GPL-2.0-or-later
// The text screen: a teletype. It scrolls by moving the start address through the 32 KiB of text memory (IBM
// VGA, CRTC registers 0x0C and 0x0D) and copies only when it reaches their end.
#include "drivers/vga.h"

#include "arch/pgtable.h"
#include "arch/processor.h"
#include "lib/string.h"

namespace {

constexpr unsigned COLUMNS = 80, ROWS = 25, TAB = 8;
constexpr unsigned MEMORY_ROWS = 0x8000 / (COLUMNS * sizeof(u16));
constexpr u16 ATTRIBUTE = 0x0700;
constexpr u32 TWO_BLANKS = 0x07200720;
constexpr u16 CRTC_INDEX = 0x3D4, CRTC_DATA = 0x3D5;
enum : u8 { START_HIGH = 0x0C, CURSOR_HIGH = 0x0E };  // each followed by its low half

unsigned origin;       // memory row that is the screen's first
unsigned row, column;  // on the screen

u16* memory_row(unsigned which) {
    return static_cast<u16*>(__va(0xB8000)) + which * COLUMNS;
}

void write_crtc_pair(u8 high, unsigned value) {
    outb(high, CRTC_INDEX);
    outb(static_cast<u8>(value >> 8), CRTC_DATA);
    outb(static_cast<u8>(high + 1), CRTC_INDEX);
    outb(static_cast<u8>(value), CRTC_DATA);
}

void clear_row(unsigned which) {
    auto* cells = reinterpret_cast<volatile u32*>(memory_row(which));
    for (unsigned i = 0; i < COLUMNS / 2; i++)
        cells[i] = TWO_BLANKS;
}

void new_line() {
    if (++row < ROWS) return;
    row = ROWS - 1;
    if (++origin + ROWS > MEMORY_ROWS) {
        memmove(memory_row(0), memory_row(origin), (ROWS - 1) * COLUMNS * sizeof(u16));
        origin = 0;
    }
    clear_row(origin + row);
    write_crtc_pair(START_HIGH, origin * COLUMNS);
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
            memory_row(origin + row)[column++] = static_cast<u16>(ATTRIBUTE | static_cast<u8>(c));
    }
    if (column >= COLUMNS) {
        column = 0;
        new_line();
    }
}

}  // namespace

void vga_init() {
    origin = row = column = 0;
    for (unsigned i = 0; i < ROWS; i++)
        clear_row(i);
    write_crtc_pair(START_HIGH, 0);
    write_crtc_pair(CURSOR_HIGH, 0);
}

void vga_write(const char* text, size_t length) {
    for (size_t i = 0; i < length; i++)
        put(text[i]);
    write_crtc_pair(CURSOR_HIGH, (origin + row) * COLUMNS + column);
}
