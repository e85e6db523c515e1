// SPDX-License-Identifier: GPL-2.0-or-later
// The text screen: what is written to memory and registers is what a window would show.
#include "devices/vga_text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "device_bench.h"

namespace mmscope {
namespace {

constexpr uint32_t kScreen = VgaText::kMemoryBase;

class VgaTest : public testing::Test {
  protected:
    DeviceBench bench;
    VgaText vga{bench.scheduler};

    void SetUp() override { bench.plug_in(vga); }
    void crtc(unsigned index, unsigned value) {
        bench.bus.write_port(0x3d4, Width::Word, index | value << 8);
    }
    uint8_t crtc(unsigned index) {
        bench.out(0x3d4, index);
        return bench.in(0x3d5);
    }
    void attribute(unsigned index, unsigned value) {
        bench.in(0x3da);
        bench.out(0x3c0, index);
        bench.out(0x3c0, value);
    }
    void poke(uint32_t offset, Width width, uint32_t value) {
        bench.bus.write_memory(PhysAddr(kScreen + offset), width, value);
    }
    uint32_t peek(uint32_t offset, Width width) {
        return bench.bus.read_memory(PhysAddr(kScreen + offset), width);
    }
    std::string row(unsigned number) {
        const TextScreen screen = vga.screen();
        std::string text;
        for (unsigned column = 0; column < TextScreen::kColumns; ++column) {
            text += static_cast<char>(screen.at(column, number).character);
        }
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }
    void write(uint32_t cell, std::string_view text) {
        for (const char c : text)
            poke(2 * cell++, Width::Word, 0x0700u | static_cast<uint8_t>(c));
    }
};

TEST_F(VgaTest, the_screen_is_blank_after_power_on_with_a_cursor_at_the_top) {
    const TextScreen screen = vga.screen();
    EXPECT_TRUE(std::ranges::all_of(screen.cells, [](TextCell cell) { return cell == TextCell{}; }));
    EXPECT_EQ(screen.cursor, (TextCursor{true, 0, 0, 13, 14}));
    EXPECT_EQ(screen.palette, kVgaPalette);
    EXPECT_TRUE(screen.bit7_blinks);
}

TEST_F(VgaTest, what_is_written_to_memory_stands_on_the_screen) {
    write(2 * 80 + 5, "hello");
    EXPECT_EQ(row(2), "     hello");
    poke(0, Width::Dword, 0x1f421f41);
    EXPECT_EQ(vga.screen().at(0, 0), (TextCell{'A', 0x1f}));
    EXPECT_EQ(vga.screen().at(1, 0), (TextCell{'B', 0x1f}));
}

TEST_F(VgaTest, memory_reads_back_at_every_width) {
    poke(0x7ffc, Width::Dword, 0x44332211);
    EXPECT_EQ(peek(0x7ffc, Width::Dword), 0x44332211u);
    EXPECT_EQ(peek(0x7ffd, Width::Word), 0x3322u);
    EXPECT_EQ(peek(0x7fff, Width::Byte), 0x44u);
}

TEST_F(VgaTest, the_cursor_follows_its_registers) {
    crtc(0x0e, (3 * 80 + 7) >> 8);
    crtc(0x0f, (3 * 80 + 7) & 0xff);
    crtc(0x0a, 0);
    crtc(0x0b, 15);
    EXPECT_EQ(vga.screen().cursor, (TextCursor{true, 7, 3, 0, 15}));
    EXPECT_EQ(crtc(0x0f), (3 * 80 + 7) & 0xff);
}

TEST_F(VgaTest, the_cursor_can_be_hidden_in_three_ways) {
    crtc(0x0a, 0x20);
    EXPECT_FALSE(vga.screen().cursor.visible) << "switched off";
    crtc(0x0a, 10);
    crtc(0x0b, 9);
    EXPECT_FALSE(vga.screen().cursor.visible) << "ends before it starts";
    crtc(0x0b, 15);
    EXPECT_TRUE(vga.screen().cursor.visible);
    crtc(0x0e, 2000 >> 8);
    crtc(0x0f, 2000 & 0xff);
    EXPECT_FALSE(vga.screen().cursor.visible) << "below the screen";
}

TEST_F(VgaTest, the_start_address_scrolls_the_screen_and_wraps_at_the_end_of_memory) {
    write(80, "second row");
    crtc(0x0c, 0);
    crtc(0x0d, 80);
    EXPECT_EQ(row(0), "second row");
    crtc(0x0e, 0);
    crtc(0x0f, 85);
    EXPECT_EQ(vga.screen().cursor.column, 5);
    EXPECT_EQ(vga.screen().cursor.row, 0);
    write(0, "first cell");
    crtc(0x0c, 0x3f);
    crtc(0x0d, 0xb0);  // 16384 - 80
    EXPECT_EQ(row(1), "first cell");
}

TEST_F(VgaTest, the_generation_changes_with_the_picture_and_only_then) {
    const uint64_t before = vga.generation();
    poke(0, Width::Word, 0x0741);
    const uint64_t after = vga.generation();
    EXPECT_GT(after, before);
    EXPECT_EQ(vga.screen().generation, after);
    poke(0, Width::Word, 0x0741);  // the same again
    peek(0, Width::Word);
    EXPECT_EQ(vga.generation(), after);
    crtc(0x0f, 1);
    EXPECT_GT(vga.generation(), after);
}

TEST_F(VgaTest, bit_7_of_an_attribute_blinks_or_brightens) {
    attribute(0x10, 0x04);
    EXPECT_FALSE(vga.screen().bit7_blinks);
    attribute(0x10, 0x0c);
    EXPECT_TRUE(vga.screen().bit7_blinks);
    bench.out(0x3c0, 0x10);
    EXPECT_EQ(bench.in(0x3c1), 0x0c);
}

TEST_F(VgaTest, the_palette_goes_through_attribute_registers_and_dac) {
    bench.out(0x3c8, 7);
    for (const unsigned part : {63u, 0u, 32u})
        bench.out(0x3c9, part);
    EXPECT_EQ(vga.screen().palette[7], 0xff0082u);
    bench.out(0x3c7, 7);
    EXPECT_EQ(bench.in(0x3c9), 63);
    EXPECT_EQ(bench.in(0x3c9), 0);
    EXPECT_EQ(bench.in(0x3c9), 32);
    attribute(1, 7);
    EXPECT_EQ(vga.screen().palette[1], 0xff0082u);
}

TEST_F(VgaTest, protected_timing_registers_do_not_change) {
    crtc(0x00, 0x11);
    EXPECT_EQ(crtc(0x00), 0x5f);
    crtc(0x11, 0x0e);
    crtc(0x00, 0x11);
    EXPECT_EQ(crtc(0x00), 0x11);
}

TEST_F(VgaTest, the_vertical_retrace_comes_seventy_times_a_second) {
    unsigned retraces = 0;
    bool before = false;
    for (int i = 0; i < 100'000; ++i) {
        bench.pass(10'000);
        const bool now = (bench.in(0x3da) & 0x08) != 0;
        retraces += now && !before ? 1 : 0;
        before = now;
    }
    EXPECT_EQ(retraces, 70u);
}

TEST_F(VgaTest, registers_that_do_not_exist_read_zero_and_swallow_writes) {
    crtc(0xff, 0x55);
    EXPECT_EQ(crtc(0xff), 0);
    attribute(0x1f, 0x55);
    bench.out(0x3ce, 0xff);
    bench.out(0x3cf, 0x55);
    EXPECT_EQ(bench.in(0x3cf), 0);
    bench.out(0x3c4, 0xff);
    bench.out(0x3c5, 0x55);
    EXPECT_EQ(bench.in(0x3c5), 0);
    EXPECT_EQ(vga.screen().palette, kVgaPalette);
}

TEST_F(VgaTest, a_saved_screen_looks_the_same_and_is_known_as_new) {
    write(0, "picture");
    crtc(0x0f, 7);
    bench.out(0x3c8, 1);
    bench.out(0x3c9, 5);
    const auto saved = bench.save(vga);
    DeviceBench other;
    VgaText copy(other.scheduler);
    other.plug_in(copy);
    const uint64_t before = copy.generation();
    other.load(copy, saved);
    EXPECT_GT(copy.generation(), before);
    EXPECT_EQ(other.save(copy), saved);
    EXPECT_EQ(copy.screen().cells, vga.screen().cells);
    EXPECT_EQ(copy.screen().cursor, vga.screen().cursor);
    other.out(0x3c9, 9);
    bench.out(0x3c9, 9);
    EXPECT_EQ(copy.screen().palette, vga.screen().palette);
}

TEST_F(VgaTest, any_state_and_any_writes_leave_a_picture) {
    for (uint32_t seed = 0; seed < 50; ++seed) {
        load_noise(vga, seed);
        for (unsigned i = 0; i < 500; ++i) {
            bench.out(static_cast<uint16_t>(i % 2 == 0 ? 0x3c0 + i % 16 : 0x3d4 + i % 4 / 2),
                      (seed * 3 + i * 37) & 0xff);
            bench.in(static_cast<uint16_t>(0x3c0 + i % 27));
        }
        const TextCursor cursor = vga.screen().cursor;
        EXPECT_LT(cursor.row, TextScreen::kRows);
        EXPECT_LT(cursor.column, TextScreen::kColumns);
        EXPECT_LT(cursor.last_line, 16);
    }
}

}  // namespace
}  // namespace mmscope
