// SPDX-License-Identifier: GPL-2.0-or-later
// What an 80x25 text screen shows at one moment, as plain values: for a window, a test, a snapshot.
#pragma once

#include <array>
#include <cstdint>

namespace mmscope {

struct TextCell {
    uint8_t character = ' ';  // code page 437
    uint8_t attribute = 7;    // bits 3-0 foreground, 6-4 background, 7 blink or bright background

    friend bool operator==(const TextCell&, const TextCell&) = default;
};

/// Scan lines are of a 16-line character cell. `visible` false: switched off, or outside the screen.
struct TextCursor {
    bool visible = false;
    uint8_t column = 0;
    uint8_t row = 0;
    uint8_t first_line = 0;
    uint8_t last_line = 0;  // inclusive

    friend bool operator==(const TextCursor&, const TextCursor&) = default;
};

/// 0xRRGGBB
using Rgb = uint32_t;

/// The palette after power-on.
inline constexpr std::array<Rgb, 16> kVgaPalette = {
    0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
    0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
};

struct TextScreen {
    static constexpr unsigned kColumns = 80;
    static constexpr unsigned kRows = 25;

    std::array<TextCell, kColumns * kRows> cells{};
    TextCursor cursor{};
    bool bit7_blinks = true;  // else attribute bit 7 is the bright background
    std::array<Rgb, 16> palette = kVgaPalette;
    uint64_t generation = 0;  // two snapshots with the same generation are equal

    [[nodiscard]] TextCell& at(unsigned column, unsigned row) { return cells[row * kColumns + column]; }
    [[nodiscard]] const TextCell& at(unsigned column, unsigned row) const {
        return cells[row * kColumns + column];
    }
};

}  // namespace mmscope
