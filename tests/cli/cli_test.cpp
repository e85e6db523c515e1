// SPDX-License-Identifier: GPL-2.0-or-later
// emu from outside: what it prints where, how it ends, and what its options do.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "tests/cli/emu_runner.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Seconds = ChildProcess::Seconds;

TEST(emu, standard_output_is_exactly_what_the_guest_sends) {
    const ChildResult result = run_emu("exit_0");
    EXPECT_EQ(result.out, "hello from a tiny guest\n") << describe(result);
    EXPECT_EQ(result.status, 0) << describe(result);
}

TEST(emu, the_exit_status_is_the_code_the_guest_passed) {
    EXPECT_EQ(run_emu("exit_7").status, 7);
}

TEST(emu, an_exit_code_beyond_255_is_reported_as_255_and_never_as_success) {
    const ChildResult result = run_emu("exit_300");
    EXPECT_EQ(result.status, 255) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("code 300"));
}

TEST(emu, a_guest_panic_has_status_3_and_is_called_so) {
    const ChildResult result = run_emu("panic");
    EXPECT_EQ(result.status, 3) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("guest panic"));
}

TEST(emu, a_triple_fault_has_status_3_and_a_report_with_registers) {
    const ChildResult result = run_emu("triple_fault");
    EXPECT_EQ(result.status, 3) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("triple fault"));
    EXPECT_THAT(result.err, HasSubstr("eip"));
}

TEST(emu, a_guest_halted_for_good_has_status_3) {
    const ChildResult result = run_emu("halt");
    EXPECT_EQ(result.status, 3) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("halt"));
}

TEST(emu, a_guest_that_spins_with_interrupts_off_is_stopped_by_until) {
    const ChildResult result = run_emu("spin", {"--until", "50ms"});
    EXPECT_EQ(result.status, 124) << describe(result);
    EXPECT_EQ(result.out, "ready\n");
    EXPECT_THAT(result.err, HasSubstr("time limit"));
    EXPECT_THAT(result.err, HasSubstr("\nvirtual time 0.050"));
}

void expect_clean_end(int signal, int status) {
    const TemporaryFolder folder;
    ChildProcess child(emu_with(folder, "spin"));
    ASSERT_TRUE(child.wait_for_output("ready\n", Seconds(30)));
    child.signal(signal);
    const ChildResult result = child.finish(Seconds(30));
    EXPECT_EQ(result.status, status) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("virtual time"));
}

TEST(emu, sigint_ends_the_run_with_its_summary_and_status_130) {
    expect_clean_end(SIGINT, 130);
}
TEST(emu, sigterm_ends_the_run_with_its_summary_and_status_143) {
    expect_clean_end(SIGTERM, 143);
}

TEST(emu, the_summary_counts_time_and_instructions) {
    const ChildResult result = run_emu("exit_0");
    EXPECT_THAT(result.err, HasSubstr("virtual time"));
    EXPECT_THAT(result.err, HasSubstr("instructions"));
    EXPECT_THAT(result.err, HasSubstr("wall time"));
    EXPECT_THAT(result.err, HasSubstr("TLB"));
}

std::string without_wall_time(std::string text) {
    const std::string line = line_with(text, "wall time");
    return line.empty() ? text : text.replace(text.find(line), line.size(), "");
}

TEST(emu, two_runs_print_the_same_summary_but_for_the_wall_time) {
    const TemporaryFolder folder;
    const auto arguments = emu_with(folder, "exit_0");
    EXPECT_EQ(without_wall_time(run_program(arguments).err), without_wall_time(run_program(arguments).err));
}

TEST(emu, bytes_of_standard_input_reach_the_guests_serial_port) {
    const TemporaryFolder folder;
    ChildProcess child(emu_with(folder, "echo"), {.input = ChildInput::Pipe});
    ASSERT_TRUE(child.wait_for_output("> ", Seconds(30)));
    child.write_input("hello, world");
    EXPECT_TRUE(child.wait_for_output("HELLO, WORLD", Seconds(30))) << child.out();
    child.write_input("q");
    EXPECT_EQ(child.finish(Seconds(30)).status, 0);
}

TEST(emu, more_input_than_the_uarts_fifo_holds_is_not_lost) {
    const TemporaryFolder folder;
    ChildProcess child(emu_with(folder, "echo"), {.input = ChildInput::Pipe});
    std::string text, expected = "> ";
    for (int i = 0; i < 100; ++i)  // the FIFO holds 16 bytes
        text += "abc ", expected += "ABC ";
    child.write_input(text + "q");
    const ChildResult result = child.finish(Seconds(60));
    EXPECT_TRUE(result.out == expected)
        << result.how << " after " << result.out.size() << " of " << expected.size() << " bytes";
}

TEST(emu, a_terminal_is_a_serial_line_and_is_put_back_as_it_was) {
    const TemporaryFolder folder;
    ChildProcess child(emu_with(folder, "echo"), {.input = ChildInput::Terminal});
    ASSERT_TRUE(child.wait_for_output("> ", Seconds(30)));
    child.write_input("abc");  // no newline: the terminal hands each byte on at once, and does not echo it
    EXPECT_TRUE(child.wait_for_output("ABC", Seconds(30))) << child.out();
    EXPECT_THAT(child.out(), Not(HasSubstr("abc")));
    child.write_input("\x03");  // Ctrl-C still ends emu
    EXPECT_EQ(child.finish(Seconds(30)).status, 130);
}

TEST(emu, the_kernel_is_told_of_a_person_only_at_a_terminal) {
    const TemporaryFolder folder;
    const auto arguments = emu_with(folder, "command_line", {"--set", "boot.cmdline=\"a=b\""});
    EXPECT_THAT(run_program(arguments).out, Not(HasSubstr("interactive")));
    const ChildResult at_terminal = run_program(arguments, {.input = ChildInput::Terminal});
    EXPECT_THAT(at_terminal.out, testing::EndsWith("a=b interactive")) << describe(at_terminal);
}

TEST(emu, a_serial_port_can_lead_to_a_file) {
    const TemporaryFolder folder;
    const auto arguments =
        emu_with(folder, "exit_0", {"--set", "serial.port=\"file:" + folder.path("serial.txt") + "\""});
    const ChildResult result = run_program(arguments);
    EXPECT_EQ(result.status, 0) << describe(result);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(read_text(folder.path("serial.txt")), "hello from a tiny guest\n");
}

TEST(emu, a_serial_port_can_be_a_pseudo_terminal_whose_name_is_told) {
    constexpr std::string_view kNotice = "emu: the serial port is ";
    const TemporaryFolder folder;
    ChildProcess child(emu_with(folder, "echo", {"--set", "serial.port='pty'"}));
    ASSERT_TRUE(child.wait_for_error("/dev/pts/", Seconds(30))) << child.err();
    ASSERT_TRUE(child.wait_for_error("\n", Seconds(30)));
    const size_t start = child.err().find(kNotice) + kNotice.size();
    const std::string path = child.err().substr(start, child.err().find('\n', start) - start);
    const int terminal = open(path.c_str(), O_RDWR | O_NOCTTY);
    ASSERT_GE(terminal, 0) << path;
    ASSERT_EQ(write(terminal, "hi", 2), 2);
    std::string answer;
    for (char c = 0; answer.size() < 4 && read(terminal, &c, 1) == 1;)
        answer += c;
    EXPECT_EQ(answer, "> HI");
    ASSERT_EQ(write(terminal, "q", 1), 1);
    EXPECT_EQ(child.finish(Seconds(30)).status, 0);
    close(terminal);
}

TEST(emu, a_full_disk_behind_standard_output_is_an_error_and_no_success) {
    const TemporaryFolder folder;
    const std::string command = fmt::format("{} > /dev/full", fmt::join(emu_with(folder, "exit_0"), " "));
    const ChildResult result = run_program({"/bin/bash", "-c", command});
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("No space left on device"));
}

TEST(emu, set_headless_until_and_trace_override_the_file) {
    const ChildResult result = run_emu("spin", {"--set", "limits.until=\"1s\"", "--until", "10ms"});
    EXPECT_EQ(result.status, 124) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("\nvirtual time 0.010"));
}

TEST(emu, both_mmus_run_the_guest) {
    for (const char* mmu : {"own", "unicorn"}) {
        const ChildResult result = run_emu("exit_7", {"--set", std::string("cpu.mmu='") + mmu + "'"});
        EXPECT_EQ(result.status, 7) << describe(result);
    }
}

TEST(emu, headless_without_a_display_is_said) {
    const TemporaryFolder folder;
    const ChildResult result = run_program(emu_with(folder, "exit_0", {"--set", "display.mode='auto'"}),
                                           {.environment = {"DISPLAY=", "WAYLAND_DISPLAY="}});
    EXPECT_EQ(result.status, 0) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("running headless"));
}

TEST(emu, the_summary_can_be_json) {
    const ChildResult result = run_emu("exit_7", {"--json"});
    EXPECT_THAT(result.err, testing::StartsWith("{"));
    EXPECT_THAT(result.err, HasSubstr("\"exit_status\":7"));
    EXPECT_THAT(result.err, HasSubstr("\"schema\":\"mmscope.summary\""));
}

TEST(emu, help_and_version_go_to_standard_output) {
    EXPECT_THAT(run_program({EMU, "--help"}).out, HasSubstr("Examples:"));
    EXPECT_THAT(run_program({EMU, "--version"}).out, testing::StartsWith("emu "));
    EXPECT_THAT(run_program({EMU, "--help-config"}).out, HasSubstr("[machine]"));
}

}  // namespace
}  // namespace mmscope::test
