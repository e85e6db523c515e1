// SPDX-License-Identifier: GPL-2.0-or-later
// Disk images against a plain array of bytes: overlay, writing through, bad sectors, and the copy at the end.
#include "machine/disk_image.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "tests/support/child_process.h"

namespace mmscope {
namespace {

using test::read_text;
using test::TemporaryFolder;

constexpr uint32_t kSectors = 37;  // no whole number of chunks

std::string random_bytes(size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::string bytes(count, '\0');
    std::ranges::generate(bytes, [&random] { return static_cast<char>(random()); });
    return bytes;
}

std::unique_ptr<DiskImage> open_or_die(const std::string& path, DiskWrites writes,
                                       std::vector<BadSectors> bad = {}) {
    auto image = DiskImage::open(path, writes, std::move(bad));
    EXPECT_TRUE(image) << image.error().message;
    return std::move(*image);
}

/// 2000 random accesses, each compared with the model; the bytes that should be on the disk afterwards.
std::string exercise(DiskImage& image, std::string model) {
    std::mt19937 random(7);
    std::array<uint8_t, kSectorSize> sector{};
    int wrong = 0;
    for (int i = 0; i < 2000; ++i) {
        const auto number = static_cast<uint32_t>(random() % kSectors);
        const auto at = model.begin() + static_cast<ptrdiff_t>(number * kSectorSize);
        if (random() % 2 == 0) {
            sector.fill(static_cast<uint8_t>(random()));
            EXPECT_TRUE(image.write(number, sector));
            std::ranges::copy(sector, at);
        } else {
            EXPECT_TRUE(image.read(number, sector));
            wrong += std::equal(sector.begin(), sector.end(), at,
                                [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); })
                         ? 0
                         : 1;
        }
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_TRUE(image.flush());
    return model;
}

TEST(disk_image, the_overlay_keeps_what_is_written_and_the_file_stays) {
    const TemporaryFolder folder;
    const std::string before = random_bytes(kSectors * kSectorSize, 1);
    const std::string path = folder.write("a.img", before);
    const auto image = open_or_die(path, DiskWrites::Overlay);
    EXPECT_EQ(image->sectors(), kSectors);
    const std::string after = exercise(*image, before);
    EXPECT_TRUE(read_text(path) == before);
    ASSERT_TRUE(image->save(folder.path("b.img")));
    EXPECT_TRUE(read_text(folder.path("b.img")) == after);
    EXPECT_TRUE(read_text(path) == before);
}

TEST(disk_image, without_the_overlay_the_file_is_what_was_written) {
    const TemporaryFolder folder;
    const std::string before = random_bytes(kSectors * kSectorSize, 2);
    const std::string path = folder.write("a.img", before);
    const auto image = open_or_die(path, DiskWrites::Through);
    const std::string after = exercise(*image, before);
    EXPECT_TRUE(read_text(path) == after);
}

TEST(disk_image, bad_sectors_fail_in_their_direction_only) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.img", std::string(kSectors * kSectorSize, 'x'));
    const auto image = open_or_die(path, DiskWrites::Overlay,
                                   {{BadSectors::Access::Read, 3, 5}, {BadSectors::Access::Write, 9, 10}});
    std::array<uint8_t, kSectorSize> sector{};
    std::string reads, writes;
    for (uint32_t number = 0; number < 12; ++number) {
        reads += image->read(number, sector) ? '.' : 'E';
        writes += image->write(number, sector) ? '.' : 'E';
    }
    EXPECT_EQ(reads, "...EE.......");
    EXPECT_EQ(writes, ".........E..");
}

TEST(disk_image, a_file_that_shrinks_during_the_run_gives_errors_and_no_crash) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.img", std::string(kSectors * kSectorSize, 'x'));
    const auto image = open_or_die(path, DiskWrites::Overlay);
    std::filesystem::resize_file(path, 1000);
    std::array<uint8_t, kSectorSize> sector{};
    EXPECT_TRUE(image->read(0, sector));
    EXPECT_FALSE(image->read(1, sector));
    EXPECT_FALSE(image->write(20, sector));
    EXPECT_FALSE(image->save(folder.path("b.img")));
    EXPECT_FALSE(std::filesystem::exists(folder.path("b.img")));
}

TEST(disk_image, a_saved_disk_is_whole_or_not_there_and_zeros_take_no_room) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.img", "");
    std::filesystem::resize_file(path, 8 << 20);
    const auto image = open_or_die(path, DiskWrites::Overlay);
    std::array<uint8_t, kSectorSize> sector{};
    sector.fill('y');
    ASSERT_TRUE(image->write(5000, sector));
    const std::string saved = folder.write("b.img", "something older");
    ASSERT_TRUE(image->save(saved));
    struct stat status {};
    ASSERT_EQ(stat(saved.c_str(), &status), 0);
    EXPECT_EQ(status.st_size, 8 << 20);
    EXPECT_LT(status.st_blocks * 512, 1 << 20);
    EXPECT_EQ(read_text(saved).substr(5000 * kSectorSize, 3), "yyy");
    size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path(".")))
        ++files;
    EXPECT_EQ(files, 2u) << "no temporary file is left";
    EXPECT_FALSE(image->save(folder.path("none/b.img")));
}

TEST(disk_image, changes_make_a_fresh_image_the_disk_that_they_were_taken_from) {
    const TemporaryFolder folder;
    const std::string before = random_bytes(kSectors * kSectorSize, 5);
    const std::string path = folder.write("a.img", before);
    const auto image = open_or_die(path, DiskWrites::Overlay);
    const std::string after = exercise(*image, before);
    const auto changes = image->changes();
    ASSERT_TRUE(changes) << changes.error().message;
    const auto fresh = open_or_die(path, DiskWrites::Overlay);
    ASSERT_TRUE(fresh->apply(*changes));
    ASSERT_TRUE(fresh->save(folder.path("b.img")));
    EXPECT_TRUE(read_text(folder.path("b.img")) == after);
    EXPECT_TRUE(fresh->changes().value() == *changes);
}

TEST(disk_image, changes_of_another_image_or_with_nonsense_in_them_are_refused) {
    const TemporaryFolder folder;
    std::string bytes = random_bytes(kSectors * kSectorSize, 6);
    const auto image = open_or_die(folder.write("a.img", bytes), DiskWrites::Overlay);
    (void)exercise(*image, bytes);
    const DiskChanges good = image->changes().value();
    bytes.back() ^= 1;
    const auto other = open_or_die(folder.write("b.img", bytes), DiskWrites::Overlay);
    EXPECT_EQ(other->apply(good).error().message, "not the image of this snapshot: its contents differ");
    const auto through =
        open_or_die(folder.write("c.img", read_text(folder.path("a.img"))), DiskWrites::Through);
    EXPECT_EQ(through->apply(good).error().message,
              "changed in memory when it was saved: expected disk.overlay = true");
    DiskChanges bad = good;
    bad.chunks.back() = kSectors / 8 + 1;
    EXPECT_EQ(image->apply(bad).error().message, "damaged: chunks that are not of this disk");
    bad = good;
    bad.bytes.resize(bad.bytes.size() - 1);
    EXPECT_FALSE(image->apply(bad));
}

TEST(disk_image, the_checksum_of_an_image_does_not_depend_on_its_holes) {
    const TemporaryFolder folder;
    std::string bytes(1 << 20, '\0');
    bytes[300'000] = 'x';
    const std::string dense = folder.write("dense.img", bytes), sparse = folder.write("sparse.img", "");
    std::filesystem::resize_file(sparse, bytes.size());
    {
        const auto file = open_or_die(sparse, DiskWrites::Through);
        std::array<uint8_t, kSectorSize> sector{};
        sector[300'000 % kSectorSize] = 'x';
        ASSERT_TRUE(file->write(300'000 / kSectorSize, sector));
    }
    EXPECT_EQ(open_or_die(dense, DiskWrites::Overlay)->changes()->image,
              open_or_die(sparse, DiskWrites::Overlay)->changes()->image);
}

}  // namespace
}  // namespace mmscope
