// SPDX-License-Identifier: GPL-2.0-or-later
// The disks of the guest: its programs read and write them, and the host looks at the image afterwards.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "tests/guest/disk_image.h"
#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr unsigned kSectors = 2500, kSectorsOfB = 4096;
constexpr unsigned kUnreadable = 700, kUnwritable = 900;

/// What /tests/disk leaves on a disk of `sectors`.
std::string expected_disk(unsigned sectors) {
    std::string bytes = patterned_disk(sectors);
    constexpr std::pair<size_t, size_t> kLetters[] = {
        {100'000, 1}, {102'000, 512}, {204'800, 4096}, {210'011, 5000}, {220'100, 30}};
    for (const auto& [at, count] : kLetters)
        bytes.replace(at, count, count, 'A');
    for (size_t i = 0; i < 300 * kSectorSize; i++)
        bytes[300'000 + i] = static_cast<char>(i * 11 + i / 300);
    bytes.replace(bytes.size() - 600, 600, 600, 'E');
    for (size_t i = 0; i < 600; i++)
        bytes[500'000 + i] = static_cast<char>('a' + i % 4);
    return bytes;
}

/// The byte where they first differ, so that a failure does not print a megabyte.
void expect_same_bytes(const std::string& got, const std::string& wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    const auto [at, other] = std::mismatch(got.begin(), got.end(), wanted.begin());
    EXPECT_EQ(at - got.begin(), static_cast<long>(got.size())) << "first difference at this byte";
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

TEST(disk, on_qemu_the_guest_reads_and_writes_both_disks_and_nothing_else_changes) {
    if (!have_qemu()) GTEST_SKIP() << "QEMU is not installed";
    const TemporaryFolder folder;
    const std::string a = folder.write("a.img", patterned_disk(kSectors));
    const std::string b = folder.write("b.img", patterned_disk(kSectorsOfB));
    const GuestRun run = run_on_qemu("/tests/disk", qemu_disk(a, 0) + qemu_disk(b, 1));
    EXPECT_THAT(program_output(run), EndsWith("/dev/hda: 2500 sectors\n/dev/hdb: 4096 sectors\nok disk\n"
                                              "init exited with status 0: power off\n"))
        << describe(run.process);
    expect_same_bytes(read_text(a), expected_disk(kSectors));
    expect_same_bytes(read_text(b), expected_disk(kSectorsOfB));
}

TEST(disk, on_qemu_an_error_of_the_disk_is_an_error_of_the_process_that_asked) {
    if (!have_qemu()) GTEST_SKIP() << "QEMU is not installed";
    const TemporaryFolder folder;
    const std::string a = folder.write("a.img", patterned_disk(kSectors));
    const GuestRun run = run_on_qemu("/tests/disk_errors", qemu_bad_disk(a, kUnreadable, kUnwritable));
    EXPECT_THAT(program_output(run), HasSubstr("hda: I/O error, read of sector 700\n"));
    EXPECT_THAT(program_output(run), HasSubstr("hda: I/O error, write of sector 900\n"));
    EXPECT_THAT(program_output(run), EndsWith("the bad sectors were met\nok disk_errors\n"
                                              "init exited with status 0: power off\n"))
        << describe(run.process);
}

TEST(disk, on_emu_the_guest_reads_and_writes_both_disks_and_the_images_stay) {
    const TemporaryFolder folder;
    const std::string a = folder.write("a.img", patterned_disk(kSectors));
    const std::string b = folder.write("b.img", patterned_disk(kSectorsOfB));
    const GuestRun run = run_on_emu("/tests/disk", set_path("disk.hda", a) + set_path("disk.hdb", b) +
                                                       set_path("disk.save_hda", folder.path("new_a")) +
                                                       set_path("disk.save_hdb", folder.path("new_b")));
    EXPECT_THAT(program_output(run), EndsWith("/dev/hda: 2500 sectors\n/dev/hdb: 4096 sectors\nok disk\n"
                                              "init exited with status 0: power off\n"))
        << describe(run.process);
    expect_same_bytes(read_text(a), patterned_disk(kSectors));
    expect_same_bytes(read_text(b), patterned_disk(kSectorsOfB));
    expect_same_bytes(read_text(folder.path("new_a")), expected_disk(kSectors));
    expect_same_bytes(read_text(folder.path("new_b")), expected_disk(kSectorsOfB));
}

TEST(disk, on_emu_without_the_overlay_the_image_is_what_the_guest_wrote) {
    const TemporaryFolder folder;
    const std::string a = folder.write("a.img", patterned_disk(kSectors));
    const GuestRun run = run_on_emu(
        "/tests/disk", set_path("disk.hda", a) +
                           std::vector<std::string>{"--set", "disk.overlay=false", "--log", "ata0.0:debug"});
    EXPECT_EQ(run.code, 0) << describe(run.process);
    EXPECT_THAT(run.process.err, HasSubstr("ata0.0: command 0xe7")) << "fsync flushes the disk's cache";
    expect_same_bytes(read_text(a), expected_disk(kSectors));
}

TEST(disk, qemu_and_emu_send_the_same_bytes_to_the_serial_port) {
    if (!have_qemu()) GTEST_SKIP() << "QEMU is not installed";
    const TemporaryFolder folder;
    const std::string a = folder.write("a.img", patterned_disk(kSectors));
    const GuestRun emu = run_on_emu("/tests/disk", set_path("disk.hda", a));
    const GuestRun qemu = run_on_qemu("/tests/disk", qemu_disk(a, 0));
    EXPECT_EQ(emu.serial, qemu.serial);
    EXPECT_THAT(emu.serial, HasSubstr("hda: 2500 sectors of 512 bytes"));
}

TEST(disk, on_emu_an_error_of_the_disk_is_an_error_of_the_process_that_asked) {
    const TemporaryFolder folder;
    const std::string a = folder.write("a.img", patterned_disk(kSectors));
    const std::vector<std::string> bad = {
        "--set", fmt::format(R"(disk.fail=["read:{}","write:{}"])", kUnreadable, kUnwritable)};
    const GuestRun run = run_on_emu("/tests/disk_errors", set_path("disk.hda", a) + bad);
    EXPECT_THAT(program_output(run), HasSubstr("hda: I/O error, read of sector 700\n"));
    EXPECT_THAT(program_output(run), HasSubstr("hda: I/O error, write of sector 900\n"));
    EXPECT_THAT(program_output(run), EndsWith("the bad sectors were met\nok disk_errors\n"
                                              "init exited with status 0: power off\n"))
        << describe(run.process);
}

TEST(disk, a_run_with_disks_is_the_same_bytes_twice) {
    const TemporaryFolder folder;
    const std::string a = folder.write("a.img", patterned_disk(kSectors));
    std::string traces[2];
    for (std::string& trace : traces) {
        const GuestRun run = run_on_emu("/tests/disk", set_path("disk.hda", a) +
                                                           set_path("trace.file", folder.path("t.jsonl")) +
                                                           set_path("disk.save_hda", folder.path("new_a")));
        EXPECT_EQ(run.code, 0) << describe(run.process);
        trace = run.serial + read_text(folder.path("t.jsonl")) + read_text(folder.path("new_a"));
    }
    EXPECT_TRUE(traces[0] == traces[1]);
}

TEST(disk_images, a_swap_area_is_one_for_the_hosts_tools_too) {
    const TemporaryFolder folder;
    const std::string image = folder.path("swap.img");
    make_swap_image(image, 64);
    const std::string page = read_text(image).substr(0, 4096);
    EXPECT_EQ(read_text(image).size(), 64u << 20);
    EXPECT_EQ(page.substr(1024, 12), std::string("\1\0\0\0\xff\x3f\0\0\0\0\0\0", 12))
        << "version, last page, bad pages";
    EXPECT_EQ(page.substr(4086), "SWAPSPACE2");
    const ChildResult probe = run_program({"/usr/sbin/blkid", "-p", "-o", "export", image});
    EXPECT_THAT(probe.out, HasSubstr("TYPE=swap")) << describe(probe);
}

TEST(disk_images, an_ext2_image_is_sound_and_the_same_twice) {
    const TemporaryFolder folder;
    const std::string files = folder.path("files");
    ASSERT_EQ(run_program({"/bin/mkdir", files}).status, 0);
    std::ignore = folder.write("files/hello", "hello, disk\n");
    std::ignore = folder.write("files/large", patterned_disk(500));
    ASSERT_EQ(run_program({"/bin/ln", "-s", "hello", files + "/link"}).status, 0);
    std::string bytes[2];
    for (std::string& one : bytes) {
        const std::string image = folder.path("ext2.img");
        make_ext2_image(image, 4, files);
        const ChildResult check = run_program({"/usr/sbin/e2fsck", "-fn", image});
        EXPECT_EQ(check.status, 0) << describe(check);
        const ChildResult cat = run_program({"/usr/sbin/debugfs", "-R", "cat hello", image});
        EXPECT_EQ(cat.out, "hello, disk\n") << describe(cat);
        one = read_text(image);
    }
    expect_same_bytes(bytes[0], bytes[1]);
}

}  // namespace
}  // namespace mmscope::test
