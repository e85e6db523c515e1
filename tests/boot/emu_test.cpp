// SPDX-License-Identifier: GPL-2.0-or-later
// The program emu with the real kernel: traces that are whole or say that they are not, and damaged input.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Seconds = ChildProcess::Seconds;

std::vector<std::string> emu(std::vector<std::string> more) {
    more.insert(more.begin(), {EMU, DEFAULT_CONFIG, "--headless", "--set", "trace.file=''"});
    return more;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// Every line is a JSON object, and the text ends with a newline: nothing half-written.
void expect_whole_lines(const std::string& trace) {
    ASSERT_FALSE(trace.empty());
    EXPECT_EQ(trace.back(), '\n');
    for (const std::string& line : lines_of(trace)) {
        EXPECT_TRUE(nlohmann::json::accept(line)) << line;
    }
}

/// The header first, then records, then the end with their number.
void expect_complete_trace(const std::string& trace) {
    expect_whole_lines(trace);
    const auto lines = lines_of(trace);
    ASSERT_GE(lines.size(), 2u);
    EXPECT_EQ(nlohmann::json::parse(lines.front()).value("schema", ""), "mmscope.trace") << lines.front();
    EXPECT_EQ(nlohmann::json::parse(lines.back()).value("records", size_t{0}), lines.size() - 2)
        << lines.back();
}

TEST(emu_default, the_main_job_ends_with_0_a_complete_trace_and_a_summary) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.jsonl");
    const ChildResult result = run_program({EMU, DEFAULT_CONFIG, "--headless", "--trace", trace});
    EXPECT_EQ(result.status, 0) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("by kind"));
    EXPECT_THAT(result.err, HasSubstr("by process"));
    EXPECT_THAT(result.err, HasSubstr("by area"));
    EXPECT_THAT(result.err, HasSubstr("(tour)"));
    EXPECT_THAT(result.err, HasSubstr("re-fills"));
    expect_complete_trace(read_text(trace));
    EXPECT_GT(lines_of(read_text(trace)).size(), 100u);
}

TEST(emu_default, a_csv_trace_has_a_header_and_an_end) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.csv");
    const ChildResult result = run_program(emu({"--trace", trace}));
    EXPECT_EQ(result.status, 0) << describe(result);
    const auto lines = lines_of(read_text(trace));
    ASSERT_GE(lines.size(), 100u);
    EXPECT_THAT(lines.front(), StartsWith("#"));
    EXPECT_THAT(lines.back(), StartsWith("#"));
}

TEST(emu_default, a_trace_can_be_narrowed_to_processes_and_addresses) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.jsonl");
    const ChildResult result = run_program(emu(
        {"--trace", trace, "--set", "trace.pids=[1]", "--set", "trace.addresses=['0x8048000-0x8050000']"}));
    EXPECT_EQ(result.status, 0) << describe(result);
    const auto lines = lines_of(read_text(trace));
    EXPECT_GT(lines.size(), 2u);
    for (size_t i = 1; i + 1 < lines.size(); ++i) {
        const auto record = nlohmann::json::parse(lines[i]);
        EXPECT_EQ(record.value("pid", 0), 1) << lines[i];
    }
}

TEST(emu_default, dumps_decode_every_process_in_text_and_json) {
    const TemporaryFolder folder;
    const std::string dump = folder.path("dump.txt");
    const ChildResult result =
        run_program(emu({"--dump-at", "exit:tasks,maps", "--dump-at", "exit:mm:json", "--dump-to", dump}));
    EXPECT_EQ(result.status, 0) << describe(result);
    const std::string text = read_text(dump);
    EXPECT_THAT(text, HasSubstr("== tasks at exit\n"));
    EXPECT_THAT(text, HasSubstr("swapper"));
    EXPECT_THAT(text, HasSubstr("[stack]"));
    EXPECT_THAT(text, HasSubstr("mmap_cache"));
}

TEST(emu_default, dumps_at_a_checkpoint_show_the_processes_of_that_moment) {
    const TemporaryFolder folder;
    const std::string dump = folder.path("dump.txt");
    const ChildResult result = run_program(emu({"--dump-at", "checkpoint:3:maps", "--dump-to", dump}));
    EXPECT_EQ(result.status, 0) << describe(result);
    const std::string text = read_text(dump);
    EXPECT_THAT(text, StartsWith("== maps at checkpoint 3\n"));
    EXPECT_THAT(text, HasSubstr("/bin/tour\n"));
    EXPECT_EQ(text.find("== maps", 1), std::string::npos) << "once only";
}

TEST(emu_default, a_dump_that_cannot_be_written_is_an_error) {
    const ChildResult result = run_program(emu({"--dump-at", "exit:mm", "--dump-to", "/dev/full"}));
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("/dev/full: cannot write: No space left on device"));
}

TEST(emu_default, a_realtime_clock_keeps_pace_with_the_wall_and_a_virtual_one_does_not_wait) {
    const auto wall_seconds = [](const char* clock, const char* until) {
        // Nobody types, so the shell waits and the machine idles until the limit.
        const auto start = std::chrono::steady_clock::now();
        const ChildResult result =
            run_program(emu({"--set", fmt::format("machine.clock='{}'", clock), "--set",
                             "boot.cmdline='init=/bin/sh'", "--until", until}));
        EXPECT_EQ(result.status, 124) << describe(result);
        return Seconds(std::chrono::steady_clock::now() - start).count();
    };
    EXPECT_GT(wall_seconds("realtime", "2s"), 1.5);
    EXPECT_LT(wall_seconds("virtual", "60s"), 30.0);
}

TEST(emu_default, sigint_leaves_a_trace_that_is_complete_up_to_the_last_event) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.jsonl");
    ChildProcess child(emu({"--trace", trace, "--set", "boot.cmdline='init=/bin/bench bench=integer'"}));
    ASSERT_TRUE(child.wait_for_output("begin integer", Seconds(60))) << child.out();
    child.signal(SIGINT);
    const ChildResult result = child.finish(Seconds(60));
    EXPECT_EQ(result.status, 130) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("stopped by SIGINT"));
    expect_complete_trace(read_text(trace));
}

TEST(emu_default, a_full_disk_ends_the_run_with_a_message_and_whole_lines) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.jsonl");
    const ChildResult result = run_program(emu({"--trace", trace}), {.file_size_limit = 40'000});
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("t.jsonl"));
    EXPECT_THAT(result.err, HasSubstr("File too large"));
    const std::string text = read_text(trace);
    EXPECT_GT(text.size(), 1000u);
    EXPECT_LE(text.size(), 40'000u);
    expect_whole_lines(text);
    EXPECT_FALSE(nlohmann::json::parse(lines_of(text).back()).contains("records"))
        << "it must not look complete";
}

TEST(emu_default, a_device_without_space_is_refused_before_the_guest_runs) {
    const TemporaryFolder folder;
    std::filesystem::create_symlink("/dev/full", folder.path("full.jsonl"));
    const ChildResult result = run_program(emu({"--trace", folder.path("full.jsonl")}));
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("full.jsonl"));
    EXPECT_THAT(result.err, HasSubstr("No space left on device"));
}

TEST(emu_default, a_trace_file_that_cannot_be_written_is_named) {
    const ChildResult result = run_program(emu({"--trace", "/nonexistent/t.jsonl"}));
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("/nonexistent/t.jsonl"));
    EXPECT_THAT(result.err, HasSubstr("No such file or directory"));
}

ChildResult run_with_initramfs(const std::string& bytes) {
    const TemporaryFolder folder;
    const std::string path = folder.write("i.cpio", bytes);
    return run_program(emu({"--set", fmt::format("boot.initramfs='{}'", path), "--until", "30s"}));
}

TEST(emu_default, a_truncated_initramfs_is_reported_by_the_guest_and_is_no_success) {
    const std::string whole = read_text(INITRAMFS);
    const size_t trailer = whole.rfind("TRAILER!!!");  // the name of the entry that ends an archive
    ASSERT_NE(trailer, std::string::npos);
    for (const size_t length :
         {size_t{0}, size_t{1}, size_t{109}, whole.size() / 2, trailer - 100, trailer + 3}) {
        const ChildResult result = run_with_initramfs(whole.substr(0, length));
        EXPECT_THAT(result.status, testing::AnyOf(2, 3)) << length << " bytes: " << describe(result);
        EXPECT_THAT(result.out + result.err, HasSubstr("initramfs"))
            << length << " bytes: " << describe(result);
    }
}

TEST(emu_default, an_initramfs_of_noise_is_reported_by_the_guest) {
    std::string noise(100'000, '\0');
    uint32_t x = 1;
    for (char& c : noise)
        c = static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
    const ChildResult result = run_with_initramfs(noise);
    EXPECT_EQ(result.status, 3) << describe(result);
    EXPECT_THAT(result.out, HasSubstr("initramfs"));
}

TEST(emu_default, ram_too_small_for_the_images_is_told_with_what_would_do) {
    const ChildResult result = run_program(emu({"--set", "machine.ram='1MiB'"}));
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("MiB"));
}

TEST(emu_default, ram_too_small_for_the_guest_ends_in_a_report_and_not_in_a_hang) {
    for (const char* ram : {"4MiB", "5MiB", "6MiB"}) {
        const ChildResult result =
            run_program(emu({"--set", fmt::format("machine.ram='{}'", ram), "--until", "60s"}));
        EXPECT_NE(result.status, -1) << ram << ": " << describe(result);
        EXPECT_NE(result.status, 124) << ram << ": " << describe(result);
    }
}

TEST(emu_default, a_kernel_cut_short_is_refused) {
    const TemporaryFolder folder;
    const std::string whole = read_text(KERNEL);
    for (const size_t length : {size_t{100}, size_t{5000}, size_t{20'000}}) {
        const std::string path = folder.write("cut.elf", whole.substr(0, length));
        const ChildResult result = run_program(emu({"--set", fmt::format("boot.kernel='{}'", path)}));
        EXPECT_EQ(result.status, 2) << describe(result);
        EXPECT_THAT(result.err, HasSubstr("cut.elf"));
    }
}

TEST(emu_default, a_kernel_cut_behind_its_code_boots_but_cannot_be_traced) {
    const TemporaryFolder folder;
    const std::string whole = read_text(KERNEL);
    const std::string path = folder.write("cut.elf", whole.substr(0, whole.size() / 4 * 3));
    const std::string setting = fmt::format("boot.kernel='{}'", path);
    const ChildResult plain = run_program(emu({"--set", setting}));
    EXPECT_EQ(plain.status, 0) << describe(plain);
    const ChildResult traced = run_program(emu({"--set", setting, "--trace", folder.path("t.jsonl")}));
    EXPECT_EQ(traced.status, 2) << describe(traced);
    EXPECT_EQ(traced.out, "");
    EXPECT_THAT(traced.err, HasSubstr("cut.elf"));
    EXPECT_FALSE(std::filesystem::exists(folder.path("t.jsonl")));
}

}  // namespace
}  // namespace mmscope::test
