// SPDX-License-Identifier: GPL-2.0-or-later
// Whole runs under audit, on each edition's kernel: the tour, the test programs, the torture of all memory
// calls, the fuzzer of all system calls. By default for a second of virtual time; MMSCOPE_LONG=1 in the
// environment asks for the whole length (30 s and 60 s, 1,000 audits).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

Audited audited(const std::string& edition, const std::string& init, const std::string& when,
                std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--audit", when, "--set", "limits.until=\"5min\""});
    GuestRun run = run_on_emu(init, more, edition);
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

/// A test for each edition's kernel; CTest runs those of other editions than the newest by themselves.
class audited_run : public testing::TestWithParam<const char*> {
  protected:
    static std::string edition() { return GetParam(); }
    static void tell(unsigned seconds, const char* what, const Audited& result) {
        fmt::print("{}: {} s {}: {} audits, {} of a quiet machine\n", edition(), seconds, what, result.audits,
                   result.quiet);
    }
};

TEST_P(audited_run, of_the_tour_is_clean_before_every_50th_fault_and_at_every_checkpoint) {
    const Audited result = audited(edition(), "/init", "every:50");
    EXPECT_EQ(result.run.code, 0) << describe(result.run.process);
    EXPECT_THAT(result.run.process.err, HasSubstr("; no violation"));
    EXPECT_GE(result.quiet, 7u);  // six checkpoints and the end
}

TEST_P(audited_run, of_the_tour_is_clean_at_every_return_to_user_mode) {
    const Audited result = audited(edition(), "/init", "every-return");
    EXPECT_EQ(result.run.code, 0) << describe(result.run.process);
    EXPECT_GT(result.audits, 500u);
}

class audited_program : public testing::TestWithParam<const char*> {};
TEST_P(audited_program, is_clean_before_every_tenth_fault) {
    expect_clean(audited(kEdition, std::string("/tests/") + GetParam(), "every:10"), GetParam());
}
INSTANTIATE_TEST_SUITE_P(of_memory, audited_program,
                         testing::Values("mm_areas", "mm_faults", "mm_fork", "mm_stress", "exec"),
                         [](const auto& of) { return std::string(of.param); });

TEST_P(audited_run, of_the_torture_is_clean_at_pseudo_random_moments) {
    const unsigned seconds = is_long() ? 30 : 1;
    const Audited result = audited(edition(), fmt::format("/tests/mm_torture torture={} seed=11", seconds),
                                   is_long() ? "random:28" : "random:3");
    expect_clean(result, "mm_torture");
    EXPECT_GE(result.audits, is_long() ? 1000u : 100u);
    tell(seconds, "of torture", result);
}

/// Six workers want more than 16 MiB of RAM have: pages go to the disk and come back; their files are on
/// another disk.
TEST_P(audited_run, of_the_torture_under_memory_pressure_is_clean_at_pseudo_random_moments) {
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
        audited(edition(), fmt::format("/tests/mm_torture swap=1 workers=6 ballast=900 torture={}", seconds),
                is_long() ? "random:28" : "random:4", more);
    expect_clean(result, "mm_torture");
    EXPECT_GE(result.audits, is_long() ? 1000u : 100u);
    tell(seconds, "under pressure", result);
}

TEST_P(audited_run, of_the_torture_is_clean_before_its_faults) {
    const Audited result = audited(edition(), "/tests/mm_torture torture=0 seed=5", "every:20");
    expect_clean(result, "mm_torture");
    tell(0, "of torture", result);
}

TEST_P(audited_run, of_the_system_call_fuzzer_is_clean) {
    const unsigned seconds = is_long() ? 60 : 1;
    const Audited result =
        audited(edition(), fmt::format("/tests/syscall_fuzz fuzz={}", seconds), "random:10");
    expect_clean(result, "syscall_fuzz");
    EXPECT_GE(result.audits, is_long() ? 500u : 30u);
    tell(seconds, "of fuzzing", result);
}

TEST_P(audited_run, of_the_long_torture_prints_the_same_on_qemu) {
    if (!is_long()) GTEST_SKIP() << "the short one is guest_test's; MMSCOPE_LONG=1 asks for this";
    if (!have_qemu()) GTEST_SKIP() << "QEMU is not installed";
    const std::string init = "/tests/mm_torture torture=30 seed=11";
    EXPECT_EQ(run_on_emu(init, {}, edition()).serial, run_on_qemu(init, {}, edition()).serial);
}

INSTANTIATE_TEST_SUITE_P(on, audited_run, testing::Values("2.4.0", "2.4.18", "2.6.11", "2.6.28"),
                         [](const auto& kernel) {
                             std::string name = kernel.param;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

}  // namespace
}  // namespace mmscope::test
