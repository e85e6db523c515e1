// SPDX-License-Identifier: GPL-2.0-or-later
// The machine boots tiny guests, keeps time, and ends as it should.
#include "machine/machine.h"

#include <gtest/gtest.h>

#include "guest_run.h"

namespace mmscope::testing {
namespace {

class BothMmus : public ::testing::TestWithParam<MmuKind> {};
INSTANTIATE_TEST_SUITE_P(Mmu, BothMmus, ::testing::Values(MmuKind::Own, MmuKind::Unicorn),
                         [](const auto& kind) { return kind.param == MmuKind::Own ? "own" : "unicorn"; });

TEST_P(BothMmus, a_guest_turns_paging_on_takes_a_timer_interrupt_and_exits_with_its_code) {
    const GuestRun run = run_guest("hello", {.mmu = GetParam()});
    EXPECT_EQ(run.console, "hello\n");
    EXPECT_EQ(run.result.end, RunEnd::GuestExit) << run.result.report;
    EXPECT_EQ(run.result.exit_code, 7u);
}

}  // namespace
}  // namespace mmscope::testing
