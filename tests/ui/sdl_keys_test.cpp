// SPDX-License-Identifier: GPL-2.0-or-later
// Keys of the host by their USB usage, against the codes a PC keyboard sends for the key at that place.
#include "ui/sdl_keys.h"

#include <gtest/gtest.h>

#include <set>

#include "devices/ps2_scan_codes.h"

namespace mmscope {
namespace {

TEST(SdlKeys, known_keys_have_their_scan_codes) {
    EXPECT_EQ(key_code_of_scancode(0x04), 0x1e) << "A";
    EXPECT_EQ(key_code_of_scancode(0x1d), 0x2c) << "Z";
    EXPECT_EQ(key_code_of_scancode(0x27), 0x0b) << "0";
    EXPECT_EQ(key_code_of_scancode(0x28), 0x1c) << "Enter";
    EXPECT_EQ(key_code_of_scancode(0x29), 0x01) << "Esc";
    EXPECT_EQ(key_code_of_scancode(0x2c), 0x39) << "Space";
    EXPECT_EQ(key_code_of_scancode(0x3a), 0x3b) << "F1";
    EXPECT_EQ(key_code_of_scancode(0x45), 0x58) << "F12";
    EXPECT_EQ(key_code_of_scancode(0x48), 0xe11d) << "Pause";
    EXPECT_EQ(key_code_of_scancode(0x52), 0xe048) << "up";
    EXPECT_EQ(key_code_of_scancode(0x4f), 0xe04d) << "right";
    EXPECT_EQ(key_code_of_scancode(0x58), 0xe01c) << "keypad Enter";
    EXPECT_EQ(key_code_of_scancode(0x63), 0x53) << "keypad .";
    EXPECT_EQ(key_code_of_scancode(0xe0), 0x1d) << "left Ctrl";
    EXPECT_EQ(key_code_of_scancode(0xe5), 0x36) << "right Shift";
    EXPECT_EQ(key_code_of_scancode(0xe6), 0xe038) << "right Alt";
}

TEST(SdlKeys, keys_a_pc_keyboard_does_not_have_are_none) {
    for (const int usage : {-1, 0, 3, 0x66, 0x68, 0x7f, 0xdf, 0xe8, 0x101, 1 << 30}) {
        EXPECT_EQ(key_code_of_scancode(usage), std::nullopt) << usage;
    }
}

TEST(SdlKeys, every_key_is_one_the_keyboard_knows_and_no_two_are_the_same) {
    std::set<KeyCode> seen;
    for (int usage = 0; usage < 0x200; ++usage) {
        const auto code = key_code_of_scancode(usage);
        if (!code || usage == 0x32) continue;  // 0x32 is the \ key of other layouts
        EXPECT_FALSE(scan_code(*code, KeyAction::Press, ScanSet::Two).empty()) << "usage " << usage;
        EXPECT_TRUE(seen.insert(*code).second) << "usage " << usage;
    }
    EXPECT_EQ(seen.size(), 105u);
}

}  // namespace
}  // namespace mmscope
