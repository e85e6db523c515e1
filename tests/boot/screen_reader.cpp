// SPDX-License-Identifier: GPL-2.0-or-later
// Compares each cell of the picture with each printable glyph.
#include "tests/boot/screen_reader.h"

#include "devices/text_screen.h"
#include "ui/font.h"

namespace mmscope::test {
namespace {

Glyph cell(const Picture& picture, unsigned column, unsigned row) {
    Glyph glyph{};
    for (unsigned y = 0; y < kGlyphHeight; ++y) {
        for (unsigned x = 0; x < kGlyphWidth; ++x) {
            const bool ink = picture.at(column * kGlyphWidth + x, row * kGlyphHeight + y) != 0;
            glyph[y] = static_cast<uint8_t>(glyph[y] << 1 | (ink ? 1 : 0));
        }
    }
    return glyph;
}

char read_cell(const Glyph& glyph) {
    for (char c = ' '; c < 0x7f; ++c) {
        if (glyph == kFontGlyphs[static_cast<uint8_t>(c)]) return c;
    }
    return '?';
}

}  // namespace

std::string read_screen(const Picture& picture) {
    std::string text;
    if (picture.width < TextScreen::kColumns * kGlyphWidth ||
        picture.height < TextScreen::kRows * kGlyphHeight) {
        return "(the window is too small)";
    }
    for (unsigned row = 0; row < TextScreen::kRows; ++row) {
        std::string line;
        for (unsigned column = 0; column < TextScreen::kColumns; ++column)
            line += read_cell(cell(picture, column, row));
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace mmscope::test
