// SPDX-License-Identifier: GPL-2.0-or-later
// How the machine ends: with pid 1's exit status, by a panic where there is no program to run, or by
// reboot(2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kPanic = 3;

TEST(end_of_machine, pid_1s_exit_status_is_the_machines_exit_code) {
    EXPECT_EQ(run_on_emu("/bin/true").code, 0);
    EXPECT_EQ(run_on_emu("/bin/false").code, 1);
    const GuestRun run = run_on_emu("/tests/good.elf");
    EXPECT_EQ(run.code, 77) << describe(run.process);
    EXPECT_EQ(program_output(run), "init exited with status 77: power off\n");
}

TEST(end_of_machine, reboot_switches_the_machine_off_with_exit_code_0) {
    const GuestRun run = run_on_emu("/bin/poweroff");
    EXPECT_EQ(run.code, 0) << describe(run.process);
    EXPECT_EQ(program_output(run), "reboot: power off\n");
}

TEST(end_of_machine, a_missing_program_is_a_panic_that_names_it) {
    const GuestRun run = run_on_emu("/no/such/program");
    EXPECT_EQ(run.code, kPanic) << describe(run.process);
    EXPECT_THAT(run.serial, HasSubstr("cannot run /no/such/program, error 2"));
}

TEST(end_of_machine, a_damaged_program_is_a_panic_before_and_after_the_point_of_no_return) {
    const GuestRun before = run_on_emu("/tests/bad_filesz_huge.elf");
    EXPECT_EQ(before.code, kPanic);
    EXPECT_THAT(before.serial, HasSubstr("cannot run /tests/bad_filesz_huge.elf, error 8"));
    const GuestRun after = run_on_emu("/tests/killed_over_the_stack.elf");
    EXPECT_EQ(after.code, kPanic);
    EXPECT_THAT(after.serial, HasSubstr("cannot run /tests/killed_over_the_stack.elf, error 14"));
}

TEST(end_of_machine, a_fatal_fault_of_pid_1_is_a_panic_with_a_back_trace_in_symbols) {
    const GuestRun run = run_on_emu("/tests/faults_at_entry.elf");
    EXPECT_EQ(run.code, kPanic) << describe(run.process);
    EXPECT_THAT(run.serial,
                AllOf(HasSubstr("Attempted to kill init! signal 11"), HasSubstr("] do_signal+0x")));
}

}  // namespace
}  // namespace mmscope::test
