// SPDX-License-Identifier: GPL-2.0-or-later
// Every kind of bad input: a clear message on standard error, status 2 before the guest runs, nothing half
// done.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/cli/emu_runner.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void expect_refused(const ChildResult& result, std::string_view part) {
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_EQ(result.out, "") << describe(result);
    EXPECT_THAT(result.err, StartsWith("emu: ")) << describe(result);
    EXPECT_THAT(result.err, HasSubstr(std::string(part))) << describe(result);
}

TEST(bad_input, a_configuration_error_has_file_line_and_column) {
    const TemporaryFolder folder;
    const std::string config = folder.write("bad.toml", "[machine]\nrma = \"64MiB\"\n");
    expect_refused(run_program({EMU, config}), config + ":2:1: found unknown key 'machine.rma'");
}

TEST(bad_input, a_missing_configuration_is_named) {
    expect_refused(run_program({EMU, "/nonexistent/x.toml"}),
                   "/nonexistent/x.toml: cannot read: No such file");
}

TEST(bad_input, bad_usage_points_at_the_help) {
    expect_refused(run_program({EMU}), "CONFIG is missing");
    expect_refused(run_program({EMU, "--nonsense"}), "emu --help");
}

TEST(bad_input, a_bad_time_names_the_option) {
    expect_refused(run_emu("exit_0", {"--until", "5parsec"}),
                   "--until 5parsec: limits.until: found \"5parsec\"");
}

TEST(bad_input, a_bad_log_level_names_the_levels) {
    expect_refused(run_emu("exit_0", {"--log", "pit:loud"}), "'pit:loud': expected NAME:LEVEL");
}

TEST(bad_input, a_missing_kernel_is_named) {
    expect_refused(run_emu("/nonexistent/k.elf"), "/nonexistent/k.elf: cannot read");
}

TEST(bad_input, a_kernel_that_is_no_kernel_is_refused) {
    const TemporaryFolder folder;
    expect_refused(run_emu(folder.write("empty.elf", "")), "empty.elf");
    expect_refused(run_emu(folder.write("text.elf", "this is not a kernel, whatever its name says\n")),
                   "ultiboot");
}

TEST(bad_input, a_truncated_kernel_is_refused) {
    const TemporaryFolder folder;
    const std::string whole = read_text(GUESTS "/exit_0.elf");
    for (const size_t length : {size_t{10}, size_t{52}, whole.size() / 2}) {
        expect_refused(run_emu(folder.write("cut.elf", whole.substr(0, length))), "cut.elf");
    }
}

TEST(bad_input, an_elf_for_another_machine_is_called_so) {
    const TemporaryFolder folder;
    std::string kernel = read_text(GUESTS "/exit_0.elf");
    kernel[18] = 62;  // e_machine: EM_X86_64 (System V ABI, ELF header)
    expect_refused(run_emu(folder.write("other.elf", kernel)), "machine");
}

TEST(bad_input, a_file_that_cannot_be_a_disk_is_refused_with_the_reason) {
    const TemporaryFolder folder;
    const auto expect_bad_disk = [](const std::string& path, std::string_view why) {
        expect_refused(run_emu("exit_0", {"--set", fmt::format("disk.hda=\"{}\"", path)}),
                       fmt::format("disk.hda: {}: {}", path, why));
    };
    expect_bad_disk("/nonexistent/a.img", "cannot read: No such file");
    expect_bad_disk(folder.write("empty.img", ""), "an empty file");
    expect_bad_disk(folder.write("odd.img", std::string(1000, 'x')),
                    "1000 bytes, expected a multiple of 512");
    expect_bad_disk("/tmp", "a folder");
    expect_bad_disk("/dev/null", "not a regular file");
    const std::string huge = folder.write("huge.img", "");
    std::filesystem::resize_file(huge, 512ull << 28);  // a hole
    expect_bad_disk(huge, "268435456 sectors, a disk has at most 268435455");
    const std::string fifo = folder.path("fifo");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    expect_bad_disk(fifo, "not a regular file");
}

TEST(bad_input, keys_about_a_disk_that_is_not_there_are_refused) {
    const TemporaryFolder folder;
    const std::string disk = fmt::format("disk.hda=\"{}\"", folder.write("a.img", std::string(1024, 'x')));
    expect_refused(run_emu("exit_0", {"--set", "disk.save_hdb=\"x\""}),
                   "disk.save_hdb: there is no disk.hdb");
    expect_refused(run_emu("exit_0", {"--set", disk, "--set", "disk.fail=[\"hdb:read:1\"]"}),
                   "disk.fail: there is no disk.hdb");
    expect_refused(run_emu("exit_0", {"--set", disk, "--set", "disk.fail=[\"read:1-2\"]"}),
                   "disk.fail: sector 2, but disk.hda has only 2");
}

TEST(bad_input, an_image_that_is_written_has_one_user) {
    const TemporaryFolder folder;
    const std::string image = folder.write("a.img", std::string(1024, 'x'));
    expect_refused(run_emu("exit_0", {"--set", fmt::format("disk.hda=\"{}\"", image), "--set",
                                      fmt::format("disk.hdb=\"{}\"", image), "--set", "disk.overlay=false"}),
                   fmt::format("disk.hdb: {}: in use", image));
    const ChildResult shared = run_emu("exit_0", {"--set", fmt::format("disk.hda=\"{}\"", image), "--set",
                                                  fmt::format("disk.hdb=\"{}\"", image)});
    EXPECT_EQ(shared.status, 0) << describe(shared);
}

TEST(bad_input, a_disk_that_cannot_be_saved_is_an_error_at_the_end) {
    const TemporaryFolder folder;
    const std::string image = folder.write("a.img", std::string(1024, 'x'));
    const ChildResult result = run_emu("exit_0", {"--set", fmt::format("disk.hda=\"{}\"", image), "--set",
                                                  "disk.save_hda=\"/nonexistent/new.img\""});
    EXPECT_NE(result.status, 0) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("/nonexistent/new.img: cannot write: No such file"));
}

TEST(bad_input, a_machine_with_too_little_ram_is_told_how_much_would_do) {
    expect_refused(run_emu("exit_0", {"--set", "machine.ram=\"1MiB\""}), "RAM");
}

TEST(bad_input, a_missing_initramfs_is_named) {
    expect_refused(run_emu("exit_0", {"--set", "boot.initramfs='/nonexistent/i.cpio'"}),
                   "/nonexistent/i.cpio: cannot read");
}

TEST(bad_input, a_trace_file_of_unknown_format_is_refused) {
    expect_refused(run_emu("exit_0", {"--trace", "x.txt"}), "--trace x.txt: trace.file: found string");
}

TEST(bad_input, a_trace_of_a_kernel_without_debug_information_is_refused) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.jsonl");
    expect_refused(run_program(emu_with(folder, "exit_0", {"--trace", trace})), "debug information");
    EXPECT_FALSE(std::filesystem::exists(trace));
}

TEST(bad_input, a_dump_of_a_kernel_without_debug_information_is_refused) {
    expect_refused(run_emu("exit_0", {"--dump-at", "exit:maps"}), "debug information");
}

TEST(bad_input, a_serial_file_that_cannot_be_written_is_named) {
    expect_refused(run_emu("exit_0", {"--set", "serial.port='file:/nonexistent/s.txt'"}),
                   "/nonexistent/s.txt");
}

TEST(bad_input, a_window_without_a_display_is_an_error_when_it_was_asked_for) {
    const TemporaryFolder folder;
    const ChildResult result = run_program(emu_with(folder, "exit_0", {"--set", "display.mode='sdl'"}),
                                           {.environment = {"DISPLAY=", "WAYLAND_DISPLAY="}});
    expect_refused(result, "DISPLAY");
}

TEST(bad_input, a_reader_that_goes_away_ends_the_run_and_not_by_a_signal) {
    const TemporaryFolder folder;
    const ChildResult result = run_program(
        {"/bin/bash", "-c",
         fmt::format("set -o pipefail; {} | head -c 3", fmt::join(emu_with(folder, "exit_0"), " "))});
    EXPECT_EQ(result.out, "hel") << describe(result);
    EXPECT_NE(result.status, 141) << describe(result);
}

}  // namespace
}  // namespace mmscope::test
