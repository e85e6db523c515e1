// SPDX-License-Identifier: GPL-2.0-or-later
// The unpacker of the initial file system: what good archives give, and that no bad one does harm.
#include <random>

#include "fixture.h"

namespace mmscope::test {
namespace {

using ::testing::HasSubstr;
using Initramfs = GuestFiles;

Archive small_archive() {
    Archive archive;
    archive.directory("bin").add({.name = "bin/sh", .data = std::string(5000, 's'), .mode = kProgram});
    archive.link("bin/ash", "sh").file("readme", "hello").directory("empty");
    return archive;
}

TEST_F(Initramfs, files_have_the_bytes_modes_and_sizes_of_the_archive) {
    EXPECT_EQ(populate(small_archive().finish()), 5);
    EXPECT_EQ(read("/bin/sh"), std::string(5000, 's'));
    EXPECT_EQ(read("/readme"), "hello");
    const auto found = guest_files::find("/bin/sh");
    EXPECT_EQ(found.mode, kProgram);
    EXPECT_EQ(found.size, 5000);
    EXPECT_EQ(guest_files::find("/bin").mode, kDirectory);
    EXPECT_STREQ(guest_files::messages(), "");
}

TEST_F(Initramfs, directories_list_their_names_in_the_order_of_the_archive) {
    populate(small_archive().finish());
    EXPECT_EQ(list("/"), ".\n..\ndev\nbin\nreadme\nempty\n");
    EXPECT_EQ(list("/bin"), ".\n..\nsh\nash\n");
    EXPECT_EQ(list("/empty"), ".\n..\n");
}

TEST_F(Initramfs, names_may_begin_with_a_dot_or_a_slash) {
    EXPECT_EQ(populate(Archive().directory(".").directory("./a").file("/a/b", "x").finish()), 2);
    EXPECT_EQ(read("/a/b"), "x");
}

TEST_F(Initramfs, names_of_one_file_share_its_inode_and_the_bytes_that_come_with_the_last) {
    Archive archive;
    archive.add({.name = "first", .data = "", .ino = 9, .links = 2});
    archive.add({.name = "second", .data = "shared", .ino = 9, .links = 2});
    EXPECT_EQ(populate(archive.finish()), 2);
    EXPECT_EQ(read("/first"), "shared");
    EXPECT_EQ(guest_files::find("/first").ino, guest_files::find("/second").ino);
}

TEST_F(Initramfs, dev_may_be_in_the_archive_and_keeps_the_kernels_devices) {
    Archive archive;
    archive.directory("dev").add(
        {.name = "dev/null", .data = "", .mode = kCharDevice, .device_major = 1, .device_minor = 3});
    archive.add({.name = "dev/own", .data = "", .mode = kCharDevice, .device_major = 9, .device_minor = 9});
    EXPECT_EQ(populate(archive.finish()), 1);
    EXPECT_EQ(list("/dev"), ".\n..\nnull\nown\n");
}

TEST_F(Initramfs, bytes_behind_the_trailer_are_ignored) {
    EXPECT_EQ(populate(small_archive().finish() + std::string(512, '\0') + "rubbish"), 5);
}

struct Damage {
    std::string bytes;
    std::string says;
};

TEST_F(Initramfs, damage_is_reported_with_its_offset) {
    const std::string good = small_archive().without_trailer();
    const std::string at = fmt::format("offset {}: ", good.size());
    const auto with_field = [&](size_t field, const std::string& value) {
        std::string bytes = small_archive().finish();
        return bytes.replace(good.size() + 6 + 8 * field, 8, value);
    };
    const Damage damages[] = {
        {good, at + "the archive ends within a header"},
        {good + "070707" + std::string(200, '0'), at + "no header of a newc archive"},
        {with_field(0, "0000000g"), at + "a header field is not a hexadecimal number"},
        {with_field(11, "ffffffff"), at + "the name's length is impossible"},
        {with_field(11, "00000000"), at + "the name's length is impossible"},
        {with_field(11, "00000fff"), at + "the archive ends within a name"},
        {with_field(11, "00000005"), at + "a name does not end with NUL"},
        {with_field(6, "ffffffff"), at + "the archive ends within a file"},
        {Archive().file("no/such/place", "").finish(),
         "offset 0: a file's directory does not come before it"},
        {Archive().file("a", "").file("a", "").finish(), "a name comes twice"},
        {Archive().file("a", "").file("a/b", "").finish(), "a file's directory does not come before it"},
        {Archive().directory("..").finish(), "a bad name"},
        {Archive().file(std::string(256, 'n'), "").finish(), "a bad name"},
        {Archive().link("l", "").finish(), "the length of a link's target is impossible"},
        {Archive().add({.name = "fifo", .data = "", .mode = 0010644}).finish(),
         "this kind of file is unknown"},
    };
    for (const Damage& damage : damages) {
        guest_files::boot();
        EXPECT_EQ(populate(damage.bytes), -EINVAL) << damage.says;
        EXPECT_THAT(guest_files::messages(), HasSubstr("initramfs: "));
        EXPECT_THAT(guest_files::messages(), HasSubstr(damage.says));
    }
}

TEST_F(Initramfs, every_truncation_is_reported_and_leaves_whole_files_only) {
    const std::string whole = small_archive().finish();
    for (size_t length = 0; length < whole.size() - 1; length += length < 600 || length > 5400 ? 1 : 97) {
        guest_files::boot();
        if (populate(whole.substr(0, length)) >= 0) {
            EXPECT_GE(length, whole.size() - 3) << "only padding may be missing";
            continue;
        }
        EXPECT_THAT(guest_files::messages(), HasSubstr("the archive ends within")) << length;
        const auto found = guest_files::find("/bin/sh");
        if (found.error == 0) {
            EXPECT_EQ(read("/bin/sh"), std::string(5000, 's'));
        }
    }
}

TEST_F(Initramfs, random_damage_never_reads_outside_the_archive) {
    const std::string good = small_archive().finish();
    std::minstd_rand random(1);
    for (int round = 0; round < 20000; round++) {
        guest_files::boot();
        std::string bytes = good;
        for (unsigned changes = 1 + random() % 4; changes > 0; changes--) {
            bytes[random() % bytes.size()] =
                static_cast<char>(random() % 4 ? "0123456789abcdef"[random() % 16] : random());
        }
        const int result = populate(bytes);
        EXPECT_TRUE(result >= 0 || result == -EINVAL) << result;
        read("/bin/sh");
        list("/bin");
        where("/bin/ash");
    }
}

TEST_F(Initramfs, running_out_of_memory_anywhere_is_an_error_and_not_a_crash) {
    Archive archive = small_archive();
    archive.add({.name = "one", .data = "", .ino = 7, .links = 2})
        .add({.name = "two", .data = "x", .ino = 7, .links = 2});
    const std::string bytes = archive.finish();
    int failed = 0;
    for (long allowed = 0; allowed < 40; allowed++) {
        guest_files::boot();
        guest_files::allow_allocations(allowed);
        const int result = populate(bytes);
        guest_files::allow_allocations(-1);
        if (result == -ENOMEM) failed++;
        EXPECT_TRUE(result == -ENOMEM || result == 7) << result;
    }
    EXPECT_GT(failed, 15);
}

}  // namespace
}  // namespace mmscope::test
