// SPDX-License-Identifier: GPL-2.0-or-later
// Cells to pixels: glyph, two colours, blinking, and the cursor's bar.
#include "ui/text_renderer.h"

#include "base/check.h"

namespace mmscope {
namespace {

constexpr uint64_t kCursorBlinkMs = 16 * 1000 / 70;
constexpr uint64_t kTextBlinkMs = 32 * 1000 / 70;
constexpr uint8_t kAttributeBit7 = 0x80;

struct CellColours {
    Rgb foreground;
    Rgb background;
};

CellColours colours_of(const TextScreen& screen, uint8_t attribute, BlinkPhase phase) {
    const bool blinks = screen.bit7_blinks && (attribute & kAttributeBit7) != 0;
    const unsigned background = attribute >> 4 & (screen.bit7_blinks ? 0x07u : 0x0fu);
    const unsigned foreground = blinks && !phase.text_on ? background : attribute & 0x0fu;
    return {screen.palette[foreground], screen.palette[background]};
}

/// In the VGA's 9-dot cells the box characters reach their neighbours by repeating the last column; cells
/// are 8 dots wide here, so that every glyph is drawn as it is.
void draw_cell(const TextScreen& screen, unsigned column, unsigned row, BlinkPhase phase,
               std::span<uint32_t> pixels) {
    const TextCell cell = screen.at(column, row);
    const Glyph& glyph = kFontGlyphs[cell.character];
    const CellColours colours = colours_of(screen, cell.attribute, phase);
    const TextCursor& cursor = screen.cursor;
    const bool has_cursor = cursor.visible && phase.cursor_on && cursor.column == column && cursor.row == row;
    for (unsigned y = 0; y < kGlyphHeight; ++y) {
        const bool in_cursor = has_cursor && y >= cursor.first_line && y <= cursor.last_line;
        const unsigned bits = in_cursor ? 0xff : glyph[y];
        uint32_t* line = &pixels[(row * kGlyphHeight + y) * kScreenWidth + column * kGlyphWidth];
        for (unsigned x = 0; x < kGlyphWidth; ++x) {
            line[x] = (bits >> (kGlyphWidth - 1 - x) & 1) != 0 ? colours.foreground : colours.background;
        }
    }
}

}  // namespace

BlinkPhase blink_phase_at(uint64_t milliseconds) {
    return {milliseconds / kCursorBlinkMs % 2 == 0, milliseconds / kTextBlinkMs % 2 == 0};
}

void draw_text_screen(const TextScreen& screen, BlinkPhase phase, std::span<uint32_t> pixels) {
    CHECK(pixels.size() == size_t{kScreenWidth} * kScreenHeight);
    for (unsigned row = 0; row < TextScreen::kRows; ++row) {
        for (unsigned column = 0; column < TextScreen::kColumns; ++column) {
            draw_cell(screen, column, row, phase, pixels);
        }
    }
}

}  // namespace mmscope
