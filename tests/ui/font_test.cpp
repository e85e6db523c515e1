// SPDX-License-Identifier: GPL-2.0-or-later
// The glyphs in the program are those of the font on this machine, each at its place in code page 437.
#include "ui/font.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace mmscope {
namespace {

std::vector<uint8_t> unpacked_font() {
    std::vector<uint8_t> bytes;
    FILE* gzip = popen("gzip -dc " CONSOLE_FONT, "r");
    for (int c; gzip != nullptr && (c = fgetc(gzip)) != EOF;)
        bytes.push_back(static_cast<uint8_t>(c));
    if (gzip != nullptr) pclose(gzip);
    return bytes;
}

std::string picture(const Glyph& glyph) {
    std::string text;
    for (const uint8_t row : glyph) {
        for (int bit = 7; bit >= 0; --bit)
            text += (row >> bit & 1) != 0 ? '#' : '.';
        text += '\n';
    }
    return text;
}

TEST(Font, ascii_and_line_drawing_stand_at_the_places_where_the_font_file_has_them) {
    // The file's first 256 glyphs follow code page 437 for these characters (psf-unifont, README).
    const std::vector<uint8_t> file = unpacked_font();
    ASSERT_GE(file.size(), 4u + 512 * 16);
    for (unsigned code = 0; code < 256; ++code) {
        const bool ascii = code > 0x20 && code < 0x7f;
        const bool lines = (code >= 0xb3 && code <= 0xda) || (code >= 0xdc && code <= 0xdf);
        if (!ascii && !lines) continue;
        Glyph expected;
        for (unsigned row = 0; row < 16; ++row)
            expected[row] = file[4 + code * 16 + row];
        EXPECT_EQ(picture(kFontGlyphs[code]), picture(expected)) << "code " << code;
    }
}

TEST(Font, every_character_but_the_blanks_has_a_picture_of_its_own) {
    for (unsigned code = 0; code < 256; ++code) {
        const bool blank = code == 0x00 || code == 0x20 || code == 0xff;
        EXPECT_EQ(kFontGlyphs[code] == Glyph{}, blank) << "code " << code;
        for (unsigned other = 0; other < code && !blank; ++other) {
            EXPECT_NE(kFontGlyphs[code], kFontGlyphs[other]) << code << " and " << other;
        }
    }
}

TEST(Font, the_blocks_fill_their_cells) {
    Glyph full;
    full.fill(0xff);
    EXPECT_EQ(picture(kFontGlyphs[0xdb]), picture(full));
    Glyph upper{};
    std::fill_n(upper.begin(), 8, uint8_t{0xff});
    EXPECT_EQ(picture(kFontGlyphs[0xdf]), picture(upper));
}

TEST(Font, a_capital_a_looks_like_one) {
    // Symmetric, pointed at the top, one bar in the middle, two legs at the bottom.
    const Glyph& a = kFontGlyphs['A'];
    const std::string text = picture(a);
    EXPECT_NE(text.find(".######.\n"), std::string::npos) << text;
    EXPECT_NE(text.find(".#....#.\n.#....#.\n"), std::string::npos) << text;
    EXPECT_NE(text.find("...##...\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace mmscope
