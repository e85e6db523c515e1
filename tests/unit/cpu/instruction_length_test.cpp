// SPDX-License-Identifier: GPL-2.0-or-later
// Our length decoder against Capstone's, on random bytes.
#include "cpu/instruction_length.h"

#include <capstone/capstone.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mmscope {
namespace {

std::string hex(std::span<const uint8_t> bytes) {
    return fmt::format("{:02x}", fmt::join(bytes, " "));
}

/// What only one of the two decoders knows: VEX, XOP and 3DNow!, and instructions later than this processor.
bool in_doubt(const cs_insn& insn) {
    const std::string name = insn.mnemonic;
    return name.starts_with("v") || name.starts_with("ud") || insn.detail->x86.opcode[0] == 0x8F ||
           insn.detail->x86.opcode[0] == 0x62 || insn.detail->x86.opcode[0] == 0xC4 ||
           insn.detail->x86.opcode[0] == 0xC5 ||
           (insn.detail->x86.opcode[0] == 0x0F &&
            (insn.detail->x86.opcode[1] == 0x0F || insn.detail->x86.opcode[1] == 0x78 ||
             insn.detail->x86.opcode[1] == 0x79));
}

class AgainstCapstone : public ::testing::TestWithParam<CodeSize> {};
INSTANTIATE_TEST_SUITE_P(Sizes, AgainstCapstone, ::testing::Values(CodeSize::Bits16, CodeSize::Bits32),
                         [](const auto& size) {
                             return size.param == CodeSize::Bits16 ? "bits16" : "bits32";
                         });

TEST_P(AgainstCapstone, lengths_of_random_instructions_agree) {
    csh handle = 0;
    ASSERT_EQ(cs_open(CS_ARCH_X86, GetParam() == CodeSize::Bits16 ? CS_MODE_16 : CS_MODE_32, &handle),
              CS_ERR_OK);
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    std::mt19937 random(2);
    int compared = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::vector<uint8_t> code(15);
        for (uint8_t& byte : code)
            byte = static_cast<uint8_t>(random());
        if (round % 3 == 0) code[0] = 0x0F;
        cs_insn* insn = nullptr;
        if (cs_disasm(handle, code.data(), code.size(), 0, 1, &insn) == 0) continue;
        if (!in_doubt(*insn)) {
            ++compared;
            EXPECT_EQ(int{decode_length(code, GetParam()).length}, int{insn->size})
                << hex(code) << "  " << insn->mnemonic << " " << insn->op_str;
        }
        cs_free(insn, 1);
        if (::testing::Test::HasFailure()) break;
    }
    cs_close(&handle);
    EXPECT_GT(compared, 50'000);
}

TEST(InstructionLength, is_zero_when_bytes_are_missing) {
    const std::vector<uint8_t> code = {0xB8, 1, 2, 3};
    EXPECT_EQ(decode_length(code, CodeSize::Bits32).length, 0);
    EXPECT_EQ(decode_length(code, CodeSize::Bits16).length, 3);
    EXPECT_EQ(decode_length({}, CodeSize::Bits32).length, 0);
}

TEST(InstructionLength, is_zero_behind_fifteen_bytes_of_prefixes) {
    const std::vector<uint8_t> code(16, 0x66);
    EXPECT_EQ(decode_length(code, CodeSize::Bits32).length, 0);
}

Sensitive kind_of(std::vector<uint8_t> code) {
    code.resize(15, 0);
    return classify(decode_length(code, CodeSize::Bits32));
}

TEST(Classify, knows_what_the_machine_must_see) {
    EXPECT_EQ(kind_of({0x0F, 0x22, 0xD8}), Sensitive::MoveToControl);
    EXPECT_EQ(kind_of({0x0F, 0x20, 0xD8}), Sensitive::None);
    EXPECT_EQ(kind_of({0x0F, 0x01, 0x38}), Sensitive::InvalidatePage);
    EXPECT_EQ(kind_of({0x0F, 0x01, 0x10}), Sensitive::None) << "lgdt";
    EXPECT_EQ(kind_of({0xCF}), Sensitive::InterruptReturn);
    EXPECT_EQ(kind_of({0x66, 0xED}), Sensitive::PortAccess);
    EXPECT_EQ(kind_of({0xF3, 0x6E}), Sensitive::PortAccess);
    EXPECT_EQ(kind_of({0x0F, 0x31}), Sensitive::ReadTime);
    EXPECT_EQ(kind_of({0x0F, 0x30}), Sensitive::ModelRegister);
    EXPECT_EQ(kind_of({0x90}), Sensitive::None);
}

}  // namespace
}  // namespace mmscope
