// SPDX-License-Identifier: GPL-2.0-or-later
// Machines with little memory and a swap area: what the guest's programs find there, on emu and on QEMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/guest/disk_image.h"
#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string verdict(const std::string& program) {
    return "ok " + program + "\ninit exited with status 0: power off\n";
}

class swap : public testing::Test {
  protected:
    std::string area(unsigned mib) {
        const std::string path = folder_.path("swap.img");
        make_swap_image(path, mib);
        return path;
    }
    /// 16 MiB of RAM; `image` is the first disk.
    static GuestRun on_emu(const std::string& program, const std::string& image,
                           std::vector<std::string> more = {}) {
        const std::vector<std::string> disk = set_path("disk.hda", image);
        more.insert(more.end(), disk.begin(), disk.end());
        more.insert(more.end(), {"--set", "machine.ram=\"16MiB\"", "--set", "trace.file=\"\""});
        return run_on_emu("/tests/" + program, more);
    }
    static GuestRun on_qemu(const std::string& program, std::vector<std::string> disk, unsigned mib) {
        disk.insert(disk.end(), {"-m", std::to_string(mib)});
        return run_on_qemu("/tests/" + program, disk);
    }
    static void expect_success_on_both(const std::string& program, const std::string& image,
                                       unsigned mib_on_qemu = 16) {
        const GuestRun emu = on_emu(program, image);
        EXPECT_THAT(program_output(emu), EndsWith(verdict(program))) << describe(emu.process);
        if (!have_qemu()) return;
        const GuestRun qemu = on_qemu(program, qemu_disk(image, 0), mib_on_qemu);
        EXPECT_THAT(program_output(qemu), EndsWith(verdict(program))) << describe(qemu.process);
    }
    TemporaryFolder folder_;
};

TEST_F(swap, a_workload_of_48_mib_keeps_every_byte_in_16_mib_of_ram) {
    // On QEMU a part of it is swapped: its disk takes half a minute for all.
    expect_success_on_both("swap_workload", area(64), 48);
}

TEST_F(swap, processes_that_want_more_than_there_is_take_turns) {
    expect_success_on_both("swap_thrash", area(64));
}

TEST_F(swap, a_full_area_ends_the_greedy_process_and_bad_headers_are_refused) {
    const std::string image = area(4);
    const GuestRun emu = on_emu("swap_limits", image);
    EXPECT_THAT(program_output(emu), HasSubstr("Out of memory: kill process"));
    expect_success_on_both("swap_limits", image);
}

TEST_F(swap, a_page_that_cannot_be_read_is_a_bus_error_of_the_process) {
    const GuestRun emu = on_emu("swap_errors", area(64), {"--set", R"(disk.fail=["read:805"])"});
    EXPECT_THAT(program_output(emu), HasSubstr("Read-error on swap-device (3:0:800)\n"));
    EXPECT_THAT(program_output(emu), EndsWith("one page was lost\n" + verdict("swap_errors")))
        << describe(emu.process);
}

TEST_F(swap, a_shared_mapping_of_a_file_may_be_larger_than_memory) {
    const std::string image = folder_.path("ext2.img"), empty = folder_.path("empty");
    std::filesystem::create_directory(empty);
    make_ext2_image(image, 32, empty);
    expect_success_on_both("file_pressure", image);
}

/// Every write to a part of the area fails: those pages stay in memory, and nothing is lost.
TEST_F(swap, pages_that_cannot_be_written_stay_in_memory) {
    const GuestRun emu = on_emu("swap_thrash", area(64), {"--set", R"(disk.fail=["write:800-900"])"});
    EXPECT_THAT(program_output(emu), HasSubstr("Write-error on swap-device (3:0:"));
    EXPECT_THAT(program_output(emu), EndsWith(verdict("swap_thrash"))) << describe(emu.process);
}

TEST_F(swap, the_same_machine_twice_is_the_same_byte_for_byte) {
    const std::string image = area(64);
    EXPECT_EQ(on_emu("swap_thrash", image).serial, on_emu("swap_thrash", image).serial);
}

}  // namespace
}  // namespace mmscope::test
