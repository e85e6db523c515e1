// SPDX-License-Identifier: GPL-2.0-or-later
// The tour of the guest: it ends well, and does so the same way each time, under both MMUs and on QEMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/boot/boot_run.h"
#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

void expect_clean_exit(const BootResult& result) {
    EXPECT_EQ(result.end.end, RunEnd::GuestExit) << result.end.report << result.serial;
    EXPECT_EQ(result.end.exit_code, 0u) << result.serial;
}

TEST(tour, the_machine_boots_runs_the_tour_and_shuts_down) {
    const BootResult result = boot({});
    expect_clean_exit(result);
    EXPECT_GT(result.faults, 100u);
}

/// Everything that two runs of one machine must agree on.
void expect_equal_runs(const BootResult& left, const BootResult& right) {
    EXPECT_EQ(first_difference(left.serial, right.serial), "");
    EXPECT_EQ(left.time, right.time);
    EXPECT_EQ(left.instructions, right.instructions);
    EXPECT_FALSE(left.ram.empty());
    EXPECT_TRUE(left.ram == right.ram) << "the final RAM differs";
    EXPECT_EQ(left.faults, right.faults);
}

TEST(tour, two_runs_give_the_same_output_trace_and_final_ram_byte_for_byte) {
    const TemporaryFolder folder;
    const BootResult first = boot({.keep_ram = true, .trace_file = folder.path("first.jsonl")});
    const BootResult second = boot({.keep_ram = true, .trace_file = folder.path("second.jsonl")});
    expect_clean_exit(first);
    expect_equal_runs(first, second);
    const std::string trace = read_text(folder.path("first.jsonl"));
    EXPECT_GT(trace.size(), 10'000u);
    EXPECT_EQ(first_difference(trace, read_text(folder.path("second.jsonl"))), "");
}

TEST(tour, unicorns_own_mmu_gives_the_same_output_faults_and_final_ram) {
    const TemporaryFolder folder;
    const BootResult own =
        boot({.mmu = MmuKind::Own, .keep_ram = true, .trace_file = folder.path("own.jsonl")});
    const BootResult unicorn =
        boot({.mmu = MmuKind::Unicorn, .keep_ram = true, .trace_file = folder.path("unicorn.jsonl")});
    expect_clean_exit(unicorn);
    expect_equal_runs(own, unicorn);
    EXPECT_EQ(first_difference(read_text(folder.path("own.jsonl")), read_text(folder.path("unicorn.jsonl"))),
              "");
}

TEST(tour, qemu_runs_the_same_image_to_the_same_serial_output) {
    const std::string qemu = "/usr/bin/qemu-system-i386";
    if (access(qemu.c_str(), X_OK) != 0) GTEST_SKIP() << qemu << " is not installed";
    const ChildResult other =
        run_program({qemu, "-display", "none", "-no-reboot", "-m", "64", "-kernel", KERNEL, "-initrd",
                     INITRAMFS, "-serial", "stdio", "-rtc", "base=2008-12-24T23:26:37", "-device",
                     "isa-debug-exit,iobase=0xf4,iosize=4"},
                    {}, ChildProcess::Seconds(120));
    EXPECT_EQ(other.status, 1) << describe(other);  // QEMU exits with code * 2 + 1
    EXPECT_EQ(first_difference(boot({}).serial, other.out), "");
}

}  // namespace
}  // namespace mmscope::test
