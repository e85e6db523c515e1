// SPDX-License-Identifier: GPL-2.0-or-later
// A machine that was saved and restored is the one that was never stopped, byte for byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "tests/snapshot/snapshot_run.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

using Words = std::vector<std::string>;

/// Everything that a run leaves behind.
struct Traces {
    int status = 0;
    std::string serial, core;
    std::vector<std::string> trace;  // its lines, but for what was not over at the end
};

std::vector<std::string> settled_events(const std::string& trace) {
    std::vector<std::string> lines;
    std::istringstream text(trace);
    for (std::string line; std::getline(text, line);) {
        const bool frame =
            line.starts_with("{\"event\":\"header\"") || line.starts_with("{\"event\":\"end\"");
        const bool settled = line.find("\"outcome\":\"unfinished\"") == std::string::npos &&
                             line.find("\"duration_ns\":null") == std::string::npos;
        if (!frame && settled) lines.push_back(line);
    }
    return lines;
}

/// Runs with a trace, and saves the machine at the end.
Traces run_part(const TemporaryFolder& folder, const std::string& core, Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--trace", folder.path("part.jsonl"), "--snapshot", folder.path(core)});
    const ChildResult run = run_guest(folder, "", words);
    EXPECT_TRUE(run.status == 0 || run.status == 124) << describe(run);
    return {run.status, run.out, read_text(folder.path(core)),
            settled_events(read_text(folder.path("part.jsonl")))};
}

/// `machine` until `end`, or until a moment of `splits` and from there in a fresh process: the same.
void expect_equal_when_split(const Words& machine, const std::string& end, const Words& splits) {
    const TemporaryFolder folder;
    const Words until_end = {"--until", end};
    const Traces whole = run_part(folder, "whole.core", machine, until_end);
    ASSERT_GT(whole.trace.size(), 50u);
    Words restored = machine;
    restored.insert(restored.end(), {"--restore", folder.path("first.core")});
    for (const std::string& split : splits) {
        const Traces first = run_part(folder, "first.core", machine, {"--until", split});
        EXPECT_EQ(first.status, 124) << split;
        const Traces again = run_part(folder, "again.core", restored, {"--until", "1ns"});
        EXPECT_TRUE(again.core == first.core) << "saved again at " << split;
        const Traces second = run_part(folder, "second.core", restored, until_end);
        EXPECT_EQ(second.status, whole.status) << split;
        EXPECT_EQ(first.serial + second.serial, whole.serial) << split;
        auto trace = first.trace;
        trace.insert(trace.end(), second.trace.begin(), second.trace.end());
        EXPECT_TRUE(trace == whole.trace) << split;
        EXPECT_TRUE(second.core == whole.core) << split;
    }
}

Words program(std::string_view name) {
    return {"--set", fmt::format("boot.cmdline=\"init=/tests/{}\"", name)};
}

TEST(restore, the_tour_goes_on_as_if_it_had_never_been_stopped) {
    expect_equal_when_split({}, "1min", {"1ns", "203456789ns", "681384180ns", "800ms"});
}

TEST(restore, calls_of_the_guest_that_are_going_on_end_in_the_later_trace) {
    expect_equal_when_split({"--set", "trace.events=[\"*\"]"}, "600ms",
                            {"203456789ns", "350ms", "480123456ns"});
}

TEST(restore, under_unicorns_mmu_the_tlb_begins_empty_and_no_program_can_tell) {
    expect_equal_when_split({"--set", "cpu.mmu=\"unicorn\""}, "1min", {"203456789ns", "681384180ns"});
}

TEST(restore, threads_and_timers_go_on) {
    expect_equal_when_split(program("threads"), "1min", {"123ms", "234567890ns"});
}

TEST(restore, a_swapping_machine_goes_on_with_its_disk_and_with_faults_that_sleep) {
    Words machine = program("swap_workload");
    machine.insert(machine.end(), {"--set", "machine.ram=\"16MiB\"", "--set", "disk.hda=\"" SWAP_IMAGE "\""});
    expect_equal_when_split(machine, "2500ms", {"355826126ns", "1770724110ns"});
}

TEST(restore, a_restored_machine_is_saved_and_restored_again) {
    const TemporaryFolder folder;
    const ChildResult whole = run_guest(folder, "");
    std::string serial = run_guest(folder, "", {"--until", "100ms", "--snapshot", folder.path("a.core")}).out;
    for (const char* until : {"200ms", "300ms", "400ms", "1min"}) {
        serial += run_guest(folder, "",
                            {"--restore", folder.path("a.core"), "--until", until, "--snapshot",
                             folder.path("a.core")})
                      .out;
    }
    EXPECT_EQ(serial, whole.out);
}

/// What emu says to a snapshot that it does not continue, with status 2 and nothing on the serial port.
class Refusal : public testing::Test {
  protected:
    void SetUp() override {
        disk_ = folder_.write("a.img", std::string(64 * 512, 'a'));
        ASSERT_EQ(run_guest(folder_, "", with_disk({"--until", "100ms", "--snapshot", core()})).status, 124);
    }
    [[nodiscard]] std::string core() const { return folder_.path("vm.core"); }
    [[nodiscard]] Words with_disk(Words more) const {
        more.insert(more.end(), {"--set", fmt::format("disk.hda=\"{}\"", disk_)});
        return more;
    }
    [[nodiscard]] std::string refusal(Words words) const {
        words.insert(words.end(), {"--restore", core(), "--until", "200ms"});
        const ChildResult run = run_guest(folder_, "", words);
        EXPECT_EQ(run.status, 2) << describe(run);
        EXPECT_EQ(run.out, "");
        return run.err;
    }
    const TemporaryFolder folder_;
    std::string disk_;
};

TEST_F(Refusal, of_a_machine_with_other_disks) {
    EXPECT_THAT(refusal({}), HasSubstr("vm.core: disk.hda: the snapshot's machine had such a disk"));
    EXPECT_THAT(refusal(with_disk({"--set", fmt::format("disk.hdb=\"{}\"", disk_)})),
                HasSubstr("vm.core: disk.hdb: the snapshot's machine did not have such a disk"));
}

TEST_F(Refusal, of_an_image_that_has_changed) {
    (void)folder_.write("a.img", std::string(64 * 512 - 1, 'a') + "b");
    EXPECT_THAT(refusal(with_disk({})), HasSubstr("disk.hda: not the image of this snapshot"));
    (void)folder_.write("a.img", std::string(65 * 512, 'a'));
    EXPECT_THAT(refusal(with_disk({})), HasSubstr("disk.hda: has 65 sectors, the snapshot's had 64"));
}

TEST_F(Refusal, of_another_kernel) {
    const std::string other = folder_.write("other.elf", read_text(KERNEL) + "x");
    EXPECT_THAT(refusal(with_disk({"--set", fmt::format("boot.kernel=\"{}\"", other)})),
                HasSubstr("other.elf is not the kernel of this snapshot"));
}

TEST_F(Refusal, of_a_damaged_file_and_of_none) {
    std::string bytes = read_text(core());
    bytes[bytes.size() / 2] ^= 1;
    (void)folder_.write("vm.core", bytes);
    EXPECT_THAT(refusal(with_disk({})), HasSubstr("vm.core: damaged"));
    (void)folder_.write("vm.core", bytes.substr(0, 5000));
    EXPECT_THAT(refusal(with_disk({})), HasSubstr("vm.core: truncated"));
    std::filesystem::remove(core());
    EXPECT_THAT(refusal(with_disk({})), HasSubstr("vm.core: cannot read"));
}

TEST_F(Refusal, does_not_extend_to_what_the_snapshot_knows_better) {
    const ChildResult run =
        run_guest(folder_, "", with_disk({"--set", "machine.ram=\"64MiB\"", "--restore", core()}));
    EXPECT_EQ(run.status, 0) << describe(run);
}

}  // namespace
}  // namespace mmscope::test
