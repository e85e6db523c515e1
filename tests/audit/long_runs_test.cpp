// SPDX-License-Identifier: GPL-2.0-or-later
// Whole runs under audit: the tour, the test programs, the torture of all memory calls, the fuzzer of all
// system calls. By default for a second of virtual time; MMSCOPE_LONG=1 in the environment asks for the whole
// length (30 s and 60 s, 1,000 audits).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/guest/disk_image.h"
#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

bool is_long() {
    return std::getenv("MMSCOPE_LONG") != nullptr;
}

/// The number before `word` in the audits' last line, "audit: 1081 audits, 968 of a quiet machine; ...".
unsigned number_before(const std::string& text, const std::string& word) {
    const size_t end = text.rfind(word);
    if (end == std::string::npos) return 0;
    const size_t start = text.find_last_not_of("0123456789", end - 1) + 1;
    return static_cast<unsigned>(std::strtoul(text.c_str() + start, nullptr, 10));
}

struct Audited {
    GuestRun run;
    unsigned audits, quiet;
};

Audited audited(const std::string& init, const std::string& when, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--audit", when, "--set", "limits.until=\"5min\""});
    GuestRun run = run_on_emu(init, more);
    const std::string& told = run.process.err;
    return {run, number_before(told, " audits, "), number_before(told, " of a quiet machine")};
}

void expect_clean(const Audited& result, const std::string& program) {
    EXPECT_THAT(program_output(result.run),
                EndsWith(fmt::format("ok {}\ninit exited with status 0: power off\n", program)))
        << describe(result.run.process);
    EXPECT_EQ(result.run.code, 0);
    EXPECT_THAT(result.run.process.err, HasSubstr("; no violation"));
}

TEST(audited_run, of_the_tour_is_clean_before_every_50th_fault_and_at_every_checkpoint) {
    const Audited result = audited("/init", "every:50");
    EXPECT_EQ(result.run.code, 0) << describe(result.run.process);
    EXPECT_THAT(result.run.process.err, HasSubstr("; no violation"));
    EXPECT_GE(result.quiet, 7u);  // six checkpoints and the end
}

TEST(audited_run, of_the_tour_is_clean_at_every_return_to_user_mode) {
    const Audited result = audited("/init", "every-return");
    EXPECT_EQ(result.run.code, 0) << describe(result.run.process);
    EXPECT_GT(result.audits, 500u);
}

class audited_program : public testing::TestWithParam<const char*> {};
TEST_P(audited_program, is_clean_before_every_tenth_fault) {
    expect_clean(audited(std::string("/tests/") + GetParam(), "every:10"), GetParam());
}
INSTANTIATE_TEST_SUITE_P(of_memory, audited_program,
                         testing::Values("mm_areas", "mm_faults", "mm_fork", "mm_stress", "exec"),
                         [](const auto& of) { return std::string(of.param); });

TEST(audited_run, of_the_torture_is_clean_at_pseudo_random_moments) {
    const unsigned seconds = is_long() ? 30 : 1;
    const Audited result = audited(fmt::format("/tests/mm_torture torture={} seed=11", seconds),
                                   is_long() ? "random:28" : "random:3");
    expect_clean(result, "mm_torture");
    EXPECT_GE(result.audits, is_long() ? 1000u : 100u);
    fmt::print("{} s of torture: {} audits, {} of a quiet machine\n", seconds, result.audits, result.quiet);
}

/// Six workers want more than 16 MiB of RAM have: pages go to the disk and come back; their files are on
/// another disk.
TEST(audited_run, of_the_torture_under_memory_pressure_is_clean_at_pseudo_random_moments) {
    const unsigned seconds = is_long() ? 30 : 1;
    const TemporaryFolder folder;
    const std::string image = folder.path("swap.img");
    make_swap_image(image, 64);
    std::filesystem::create_directory(folder.path("empty"));
    make_ext2_image(folder.path("files.img"), 16, folder.path("empty"));
    std::vector<std::string> more = set_path("disk.hda", image);
    const std::vector<std::string> files = set_path("disk.hdb", folder.path("files.img"));
    more.insert(more.end(), files.begin(), files.end());
    more.insert(more.end(), {"--set", "machine.ram=\"16MiB\""});
    const Audited result =
        audited(fmt::format("/tests/mm_torture swap=1 workers=6 ballast=900 torture={}", seconds),
                is_long() ? "random:28" : "random:4", more);
    expect_clean(result, "mm_torture");
    EXPECT_GE(result.audits, is_long() ? 1000u : 100u);
    fmt::print("{} s under pressure: {} audits, {} of a quiet machine\n", seconds, result.audits,
               result.quiet);
}

TEST(audited_run, of_the_torture_is_clean_before_its_faults) {
    const Audited result = audited("/tests/mm_torture torture=0 seed=5", "every:20");
    expect_clean(result, "mm_torture");
    fmt::print("{} audits, {} of a quiet machine\n", result.audits, result.quiet);
}

TEST(audited_run, of_the_system_call_fuzzer_is_clean) {
    const unsigned seconds = is_long() ? 60 : 1;
    const Audited result = audited(fmt::format("/tests/syscall_fuzz fuzz={}", seconds), "random:10");
    expect_clean(result, "syscall_fuzz");
    EXPECT_GE(result.audits, is_long() ? 500u : 30u);
    fmt::print("{} s of fuzzing: {} audits, {} of a quiet machine\n", seconds, result.audits, result.quiet);
}

TEST(audited_run, of_the_long_torture_prints_the_same_on_qemu) {
    if (!is_long()) GTEST_SKIP() << "the short one is guest_test's; MMSCOPE_LONG=1 asks for this";
    if (!have_qemu()) GTEST_SKIP() << "QEMU is not installed";
    const std::string init = "/tests/mm_torture torture=30 seed=11";
    EXPECT_EQ(run_on_emu(init).serial, run_on_qemu(init).serial);
}

}  // namespace
}  // namespace mmscope::test
