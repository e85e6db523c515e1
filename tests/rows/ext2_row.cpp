// SPDX-License-Identifier: GPL-2.0-or-later
// The disk of such a row is in the test's memory: at a checkpoint it is written to a file for debugfs.
#include "tests/rows/ext2_row.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tests/guest/disk_image.h"

namespace mmscope::test {
namespace {
constexpr const char *kMakeExt2 = "/sbin/mke2fs", *kDebugExt2 = "/sbin/debugfs";
}

bool have_ext2_tools() {
    return access(kMakeExt2, X_OK) == 0 && access(kDebugExt2, X_OK) == 0;
}

Ext2Row::Ext2Row() {
    std::filesystem::create_directory(folder_.path("empty"));
    make_ext2_image(folder_.path("disk.img"), kMib, folder_.path("empty"));
    std::string image = read_text(folder_.path("disk.img"));
    image.resize(size_t{kMib} << 20);  // sparse to the end
    for (uint32_t i = 0; i < disk_.sectors(); i++)
        std::copy_n(image.begin() + static_cast<ptrdiff_t>(i * kSectorSize), kSectorSize,
                    disk_.sector(i).begin());
    options.disks = {&disk_, nullptr};
}

std::string Ext2Row::bytes_on_disk(const std::string& name) {
    std::string image;
    for (uint32_t i = 0; i < disk_.sectors(); i++)
        image.append(disk_.sector(i).begin(), disk_.sector(i).end());
    const std::string path = folder_.write("now.img", image), copy = folder_.path("copy");
    std::filesystem::remove(copy);
    const ChildResult dumped = run_program({kDebugExt2, "-R", fmt::format("dump {} {}", name, copy), path});
    EXPECT_TRUE(std::filesystem::exists(copy)) << describe(dumped);
    return read_text(copy);
}

}  // namespace mmscope::test
