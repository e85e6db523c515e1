// SPDX-License-Identifier: GPL-2.0-or-later
// Pixels of known cells: glyph, colours, cursor and blinking.
#include "ui/text_renderer.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace mmscope {
namespace {

class RendererTest : public testing::Test {
  protected:
    TextScreen screen;
    std::vector<uint32_t> pixels = std::vector<uint32_t>(size_t{kScreenWidth} * kScreenHeight, 0x123456);

    void draw(BlinkPhase phase = {}) { draw_text_screen(screen, phase, pixels); }
    [[nodiscard]] uint32_t pixel(unsigned column, unsigned row, unsigned x, unsigned y) const {
        return pixels[(row * 16 + y) * 640 + column * 8 + x];
    }
    /// "#" where the cell shows `ink`.
    [[nodiscard]] std::string cell(unsigned column, unsigned row, uint32_t ink) const {
        std::string text;
        for (unsigned y = 0; y < 16; ++y) {
            for (unsigned x = 0; x < 8; ++x)
                text += pixel(column, row, x, y) == ink ? '#' : '.';
            text += '\n';
        }
        return text;
    }
    [[nodiscard]] static std::string glyph(uint8_t character) {
        std::string text;
        for (const uint8_t row : kFontGlyphs[character]) {
            for (int bit = 7; bit >= 0; --bit)
                text += (row >> bit & 1) != 0 ? '#' : '.';
            text += '\n';
        }
        return text;
    }
};

TEST_F(RendererTest, a_cell_shows_its_glyph_in_its_two_colours) {
    screen.at(79, 24) = {'R', 0x1e};  // yellow on blue
    draw();
    EXPECT_EQ(cell(79, 24, 0xffff55), glyph('R'));
    EXPECT_EQ(pixel(79, 24, 0, 0), 0x0000aau);
    EXPECT_EQ(pixel(78, 24, 7, 15), 0x000000u);
}

TEST_F(RendererTest, all_sixteen_colours_are_those_of_the_palette) {
    for (uint8_t colour = 0; colour < 16; ++colour)
        screen.at(colour, 0) = {0xdb, colour};
    draw();
    for (unsigned colour = 0; colour < 16; ++colour)
        EXPECT_EQ(pixel(colour, 0, 3, 7), kVgaPalette[colour]);
    screen.palette[4] = 0xabcdef;
    draw();
    EXPECT_EQ(pixel(4, 0, 3, 7), 0xabcdefu);
}

TEST_F(RendererTest, the_cursor_covers_its_scan_lines_in_the_foreground_colour) {
    screen.at(3, 2) = {' ', 0x0a};
    screen.cursor = {true, 3, 2, 13, 14};
    draw();
    const std::string blank = "........\n";
    const std::string bar = "########\n";
    std::string expected;
    for (int i = 0; i < 13; ++i)
        expected += blank;
    EXPECT_EQ(cell(3, 2, 0x55ff55), expected + bar + bar + blank);
}

TEST_F(RendererTest, the_cursor_is_not_drawn_when_hidden_or_in_its_dark_phase) {
    screen.cursor = {false, 0, 0, 0, 15};
    draw();
    EXPECT_EQ(cell(0, 0, kVgaPalette[7]).find('#'), std::string::npos);
    screen.cursor.visible = true;
    draw({.cursor_on = false, .text_on = true});
    EXPECT_EQ(cell(0, 0, kVgaPalette[7]).find('#'), std::string::npos);
    draw();
    EXPECT_NE(cell(0, 0, kVgaPalette[7]).find('#'), std::string::npos);
}

TEST_F(RendererTest, bit_7_blinks_the_character_or_brightens_the_background) {
    screen.at(0, 0) = {'B', 0xc7};
    draw({.cursor_on = true, .text_on = true});
    EXPECT_EQ(cell(0, 0, 0xaaaaaa), glyph('B'));
    EXPECT_EQ(pixel(0, 0, 0, 0), 0xaa0000u) << "red, not bright red";
    draw({.cursor_on = true, .text_on = false});
    EXPECT_EQ(cell(0, 0, 0xaaaaaa).find('#'), std::string::npos);
    screen.bit7_blinks = false;
    draw({.cursor_on = true, .text_on = false});
    EXPECT_EQ(cell(0, 0, 0xaaaaaa), glyph('B'));
    EXPECT_EQ(pixel(0, 0, 0, 0), 0xff5555u);
}

TEST_F(RendererTest, every_pixel_is_drawn) {
    draw();
    EXPECT_EQ(std::set<uint32_t>(pixels.begin(), pixels.end()), (std::set<uint32_t>{0x000000}));
}

TEST(BlinkPhase, the_cursor_changes_twice_as_often_as_the_text) {
    int cursor = 0;
    int text = 0;
    BlinkPhase before = blink_phase_at(0);
    EXPECT_EQ(before, (BlinkPhase{true, true}));
    for (uint64_t ms = 1; ms < 10'000; ++ms) {
        const BlinkPhase now = blink_phase_at(ms);
        cursor += now.cursor_on != before.cursor_on ? 1 : 0;
        text += now.text_on != before.text_on ? 1 : 0;
        before = now;
    }
    EXPECT_EQ(cursor, 43);
    EXPECT_EQ(text, 21);
}

}  // namespace
}  // namespace mmscope
