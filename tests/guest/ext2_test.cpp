// SPDX-License-Identifier: GPL-2.0-or-later
// The guest's ext2 seen from outside: file systems made by mke2fs, used by the guest, checked by e2fsck and
// read by debugfs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "tests/guest/disk_image.h"
#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr const char *kMake = "/sbin/mke2fs", *kCheck = "/sbin/e2fsck", *kDebug = "/sbin/debugfs";

bool have_tools() {
    return access(kMake, X_OK) == 0 && access(kCheck, X_OK) == 0 && access(kDebug, X_OK) == 0;
}

/// What the guest's programs call fill(): the byte at each position.
std::string filled(size_t count, unsigned seed) {
    std::string bytes(count, '\0');
    for (size_t i = 0; i < count; i++)
        bytes[i] = static_cast<char>((i * 7 + seed) % 251);
    return bytes;
}

/// An image with what /tests/ext2_disk expects in /seed. Its path.
std::string make_image(const TemporaryFolder& folder, unsigned block_size, unsigned kib) {
    const std::string tree = folder.path("tree"), image = folder.path("disk.img");
    std::filesystem::create_directories(tree + "/seed");
    std::string pattern(300'000, '\0');
    for (size_t i = 0; i < pattern.size(); i++)
        pattern[i] = static_cast<char>(i % 253);
    std::ignore = folder.write("tree/seed/pattern", pattern);
    std::ignore = folder.write("tree/seed/to be deleted", std::string(100'000, 'x'));
    std::filesystem::create_symlink("pattern", tree + "/seed/link");
    const ChildResult made = run_program({kMake, "-q", "-F", "-t", "ext2", "-b", std::to_string(block_size),
                                          "-d", tree, image, fmt::format("{}k", kib)});
    EXPECT_EQ(made.status, 0) << describe(made);
    return image;
}

/// The bytes of a file of the image, by debugfs.
std::string bytes_of(const TemporaryFolder& folder, const std::string& image, const std::string& name) {
    const std::string copy = folder.path("copy");
    std::filesystem::remove(copy);
    std::ignore = run_program({kDebug, "-R", fmt::format("dump \"{}\" {}", name, copy), image});
    return read_text(copy);
}

void expect_clean(const std::string& image) {
    const ChildResult check = run_program({kCheck, "-fn", image});
    EXPECT_EQ(check.status, 0) << describe(check);
    EXPECT_THAT(check.out, testing::Not(HasSubstr("not cleanly")));
}

class ext2 : public testing::TestWithParam<unsigned> {
  protected:
    void SetUp() override {
        if (!have_qemu() || !have_tools()) GTEST_SKIP() << "needs QEMU, mke2fs, e2fsck and debugfs";
    }
};

TEST_P(ext2, is_whole_and_has_the_bytes_that_the_guest_wrote) {
    const TemporaryFolder folder;
    const std::string image = make_image(folder, GetParam(), 12 * 1024);
    const GuestRun run = run_on_qemu("/tests/ext2_disk", qemu_disk(image, 0));
    EXPECT_THAT(program_output(run),
                EndsWith("the disk was written\nok ext2_disk\ninit exited with status 0: power off\n"))
        << describe(run.process);
    expect_clean(image);

    std::string large;
    for (unsigned i = 0; i < 200; i++)
        large += filled(16384, i);
    std::string sparse(100'000'005, '\0');
    for (const size_t at : {5, 700'000, 100'000'000})
        sparse.replace(at, 5, "piece");
    std::string mapped = filled(40'000, 2);
    mapped[20'000] = 'L';
    EXPECT_TRUE(bytes_of(folder, image, "/out/large") == large);
    EXPECT_TRUE(bytes_of(folder, image, "/out/sparse") == sparse);
    EXPECT_TRUE(bytes_of(folder, image, "/out/mapped") == mapped);
    EXPECT_TRUE(bytes_of(folder, image, "/out/second name") == mapped);
    EXPECT_EQ(bytes_of(folder, image, "/out/replaced"), "replacement");
}

INSTANTIATE_TEST_SUITE_P(block_size, ext2, testing::Values(1024u, 2048u, 4096u),
                         [](const auto& test) { return std::to_string(test.param); });

TEST_P(ext2, damaged_at_random_gives_errors_and_never_stops_the_kernel) {
    constexpr unsigned kImages = 6;
    const TemporaryFolder folder;
    const std::string image = make_image(folder, GetParam(), 2 * 1024);
    const std::string sound = read_text(image);
    std::mt19937 random(GetParam());
    for (unsigned i = 0; i < kImages; i++) {
        std::string damaged = sound;
        for (unsigned change = 0; change < 40; change++)
            damaged[2048 + random() % 60'000] = static_cast<char>(random());
        std::ignore = folder.write("disk.img", damaged);
        const GuestRun run = run_on_qemu("/tests/ext2_damage", qemu_disk(image, 0));
        EXPECT_THAT(program_output(run), EndsWith("ok ext2_damage\ninit exited with status 0: power off\n"))
            << "image " << i << '\n'
            << describe(run.process);
    }
}

TEST(ext2_of_another_kind, is_refused_with_a_message) {
    if (!have_qemu() || !have_tools()) GTEST_SKIP() << "needs QEMU and mke2fs";
    const TemporaryFolder folder;
    const std::string image = folder.path("disk.img");
    ASSERT_EQ(run_program({kMake, "-q", "-F", "-t", "ext4", image, "8M"}).status, 0);
    const std::string before = read_text(image);
    const GuestRun run = run_on_qemu("/tests/ext2_disk", qemu_disk(image, 0));
    EXPECT_THAT(run.serial, HasSubstr("ext2: /dev/hda: cannot be mounted: unsupported features"));
    EXPECT_THAT(program_output(run), EndsWith("ok ext2_disk\ninit exited with status 0: power off\n"));
    EXPECT_TRUE(read_text(image) == before);
}

/// The sector is in the middle of the file system, where the program's files come to lie.
TEST(ext2_on_a_bad_disk, loses_nothing_that_fsync_acknowledged) {
    if (!have_qemu() || !have_tools()) GTEST_SKIP() << "needs QEMU, mke2fs and debugfs";
    constexpr unsigned kBad = 9000, kNever = 23'999;
    const TemporaryFolder folder;
    const std::string image = make_image(folder, 1024, 12 * 1024);
    const GuestRun run = run_on_qemu("/tests/ext2_errors", qemu_bad_disk(image, kNever, kBad));
    EXPECT_THAT(program_output(run), HasSubstr("I/O error, write of sector"));
    // The page that could not be written stays dirty: the last sync before power-off tries it once more.
    EXPECT_THAT(program_output(run), HasSubstr("ok ext2_errors\n")) << describe(run.process);
    EXPECT_THAT(program_output(run), EndsWith("init exited with status 0: power off\n"));
    unsigned acknowledged = 0, refused = 0;
    for (unsigned i = 0; i < 80; i++) {
        if (!program_output(run).contains(fmt::format("file {}: acknowledged\n", i))) {
            refused++;
            continue;
        }
        acknowledged++;
        EXPECT_TRUE(bytes_of(folder, image, fmt::format("/file{}", i)) == filled(60'000, i)) << i;
    }
    EXPECT_GT(acknowledged, 50u);
    EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace mmscope::test
