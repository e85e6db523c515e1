// SPDX-License-Identifier: GPL-2.0-or-later
// Each test program of the guest as pid 1. A program prints what differed from its expectations, then "ok
// NAME" or "FAILED NAME", and exits with 0 or 1; where it can, the host's own Linux says whether its
// expectations are right.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

std::vector<std::string> program_names() {
    std::vector<std::string> names;
    std::istringstream list(PROGRAMS);
    for (std::string name; std::getline(list, name, ',');)
        names.push_back(name);
    return names;
}

class guest_program : public testing::TestWithParam<std::string> {
  protected:
    [[nodiscard]] static std::string init() { return "/tests/" + GetParam(); }
    /// The end of it: messages of the kernel may come before.
    [[nodiscard]] static std::string expected_output() {
        return fmt::format("ok {}\ninit exited with status 0: power off\n", GetParam());
    }
};

TEST_P(guest_program, finds_on_emu_what_it_expects_and_prints_the_same_on_qemu) {
    const GuestRun emu = run_on_emu(init());
    EXPECT_THAT(program_output(emu), testing::EndsWith(expected_output())) << describe(emu.process);
    EXPECT_EQ(emu.code, 0);
    if (!have_qemu()) GTEST_SKIP() << "QEMU is not installed";
    const GuestRun qemu = run_on_qemu(init());
    EXPECT_EQ(without_victims(emu.serial), without_victims(qemu.serial));
    EXPECT_EQ(emu.code, qemu.code);
}

TEST_P(guest_program, finds_the_same_on_unicorns_own_mmu) {
    const GuestRun run = run_on_emu(init(), {"--set", "cpu.mmu=\"unicorn\""});
    EXPECT_THAT(program_output(run), testing::EndsWith(expected_output())) << describe(run.process);
}

INSTANTIATE_TEST_SUITE_P(tests, guest_program, testing::ValuesIn(program_names()),
                         [](const auto& test) { return test.param; });

/// Programs that only use what every Linux has.
class program_on_the_hosts_linux : public testing::TestWithParam<const char*> {};

TEST_P(program_on_the_hosts_linux, has_expectations_that_hold_there) {
    const std::string program = guest_file(fmt::format("user/programs/tests/{}", GetParam()));
    const ChildResult probe = run_program({guest_file("user/programs/bin/true")});
    if (probe.status != 0) GTEST_SKIP() << "this host runs no i386 programs: " << probe.how;
    const ChildResult result = run_program({program});
    EXPECT_EQ(result.out, fmt::format("ok {}\n", GetParam())) << describe(result);
    EXPECT_EQ(result.status, 0);
}

INSTANTIATE_TEST_SUITE_P(tests, program_on_the_hosts_linux,
                         testing::Values("user_library", "processes", "threads", "signals", "faults", "exec",
                                         "process_stress", "system_calls", "file_changes", "ldt", "prctl",
                                         "aio", "mm_locking", "mm_advice", "mm_remap", "mm_truncate",
                                         "proc_memory", "mm_nonlinear", "mm_model", "vdso"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace mmscope::test
