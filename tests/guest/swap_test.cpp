// SPDX-License-Identifier: GPL-2.0-or-later
// Machines with little memory and a swap area: what the guest's programs find there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "tests/guest/disk_image.h"
#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// The start of an empty swap area of so many pages, as mkswap writes it (the rest is zeros).
std::string swap_header(uint32_t pages) {
    std::string page(4096, '\0');
    const uint32_t words[] = {1, pages - 1, 0};  // version, last page, bad pages
    memcpy(page.data() + 1024, words, sizeof words);
    page.replace(4086, 10, "SWAPSPACE2");
    return page;
}

class swap : public testing::Test {
  protected:
    void SetUp() override {
        if (!have_qemu()) GTEST_SKIP() << "QEMU is not installed";
    }
    std::string area(unsigned mib) {
        const std::string path = folder_.write("swap.img", swap_header(mib * 256));
        std::filesystem::resize_file(path, uintmax_t{mib} << 20);
        return path;
    }
    static GuestRun run(const std::string& program, std::vector<std::string> disk) {
        disk.insert(disk.end(), {"-m", "16"});
        return run_on_qemu("/tests/" + program, disk);
    }
    static std::string verdict(const std::string& program) {
        return "ok " + program + "\ninit exited with status 0: power off\n";
    }
    TemporaryFolder folder_;
};

TEST_F(swap, a_workload_of_48_mib_keeps_every_byte_in_16_mib_of_ram) {
    const GuestRun qemu = run("swap_workload", qemu_disk(area(64), 0));
    EXPECT_THAT(program_output(qemu), EndsWith(verdict("swap_workload"))) << describe(qemu.process);
}

TEST_F(swap, processes_that_want_more_than_there_is_take_turns) {
    const GuestRun qemu = run("swap_thrash", qemu_disk(area(64), 0));
    EXPECT_THAT(program_output(qemu), EndsWith(verdict("swap_thrash"))) << describe(qemu.process);
}

TEST_F(swap, a_full_area_ends_the_greedy_process_and_bad_headers_are_refused) {
    const GuestRun qemu = run("swap_limits", qemu_disk(area(4), 0));
    EXPECT_THAT(program_output(qemu), HasSubstr("Out of memory: kill process"));
    EXPECT_THAT(program_output(qemu), EndsWith(verdict("swap_limits"))) << describe(qemu.process);
}

TEST_F(swap, a_page_that_cannot_be_read_is_a_bus_error_of_the_process) {
    constexpr unsigned kUnreadable = 805, kNever = 131071;
    const GuestRun qemu = run("swap_errors", qemu_bad_disk(area(64), kUnreadable, kNever));
    EXPECT_THAT(program_output(qemu), HasSubstr("Read-error on swap-device (3:0:800)\n"));
    EXPECT_THAT(program_output(qemu), EndsWith("one page was lost\n" + verdict("swap_errors")))
        << describe(qemu.process);
}

}  // namespace
}  // namespace mmscope::test
