// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/context_layout.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

TEST(ContextLayout, the_installed_unicorn_keeps_its_state_where_we_think) {
    const auto start = verify_context_layout();
    EXPECT_TRUE(start) << start.error().message;
}

TEST(ContextLayout, a_restored_state_reads_back_the_same) {
    const auto start = verify_context_layout();
    ASSERT_TRUE(start);
    uc_engine* engine = nullptr;
    ASSERT_EQ(uc_open(UC_ARCH_X86, UC_MODE_32, &engine), UC_ERR_OK);
    {
        CpuContext context(engine, *start);
        CpuState state = context.save();
        state.regs = {1, 2, 3, 4, 5, 6, 7, 8};
        state.eip = 0x1234;
        state.cr2 = 0xDEADBEEF;
        state.cpl = 3;
        state.interrupt_shadow = true;
        state.segments[kFs] = {.selector = {0x33}, .base = 0x40, .limit = 0xFFFF, .flags = 0x00C0F300};
        context.restore(state);
        const CpuState again = context.save();
        EXPECT_EQ(again.regs, state.regs);
        EXPECT_EQ(again.eip, 0x1234u);
        EXPECT_EQ(again.cr2, 0xDEADBEEFu);
        EXPECT_EQ(again.cpl, 3);
        EXPECT_TRUE(again.interrupt_shadow);
        EXPECT_EQ(again.segments[kFs].selector.value, 0x33);
        EXPECT_EQ(again.segments[kFs].base, 0x40u);
        EXPECT_EQ(again.segments[kFs].flags, 0x00C0F300u);
    }
    uc_close(engine);
}

}  // namespace
}  // namespace mmscope
