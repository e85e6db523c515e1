// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes to instructions (encodings from the Intel SDM, volume 2).
#include "trace/instruction_text.h"

#include <gtest/gtest.h>

#include <array>

namespace mmscope::test {
namespace {

TEST(InstructionText, one_instruction_of_the_bytes_is_told) {
    InstructionText text;
    const std::array<uint8_t, 6> bytes{0x89, 0x0D, 0x00, 0x10, 0x00, 0x40};
    EXPECT_EQ(text.of(LinearAddr(0x08048000), bytes), "mov dword ptr [0x40001000], ecx");
    EXPECT_EQ(text.of(LinearAddr(0x08048000), bytes), "mov dword ptr [0x40001000], ecx");
}

TEST(InstructionText, targets_of_jumps_depend_on_where_they_stand) {
    InstructionText text;
    const std::array<uint8_t, 2> bytes{0xEB, 0x10};
    EXPECT_EQ(text.of(LinearAddr(0x1000), bytes), "jmp 0x1012");
    EXPECT_EQ(text.of(LinearAddr(0x2000), bytes), "jmp 0x2012");
}

TEST(InstructionText, other_bytes_at_the_same_address_are_another_instruction) {
    InstructionText text;
    EXPECT_EQ(text.of(LinearAddr(0x1000), std::array<uint8_t, 1>{0x50}), "push eax");
    EXPECT_EQ(text.of(LinearAddr(0x1000), std::array<uint8_t, 1>{0x51}), "push ecx");
}

TEST(InstructionText, what_is_no_instruction_is_called_so) {
    InstructionText text;
    EXPECT_EQ(text.of(LinearAddr(0), std::array<uint8_t, 2>{0x0F, 0x04}), "(bad)");
    EXPECT_EQ(text.of(LinearAddr(0), std::array<uint8_t, 1>{0xA1}), "(bad)");  // cut off
    EXPECT_EQ(text.of(LinearAddr(0), {}), "");
}

}  // namespace
}  // namespace mmscope::test
