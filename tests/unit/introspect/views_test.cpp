// SPDX-License-Identifier: GPL-2.0-or-later
// The line of /proc/PID/maps to the byte, and JSON that other programs can read.
#include "introspect/views.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mmscope::test {
namespace {

VmaModel area(uint32_t start, uint32_t end, uint32_t flags, uint32_t pgoff, std::string name = {}) {
    VmaModel vma;
    vma.start = LinearAddr(start);
    vma.end = LinearAddr(end);
    vma.flags = flags;
    vma.pgoff = pgoff;
    vma.name = std::move(name);
    return vma;
}

TEST(MapsLine, a_file_stands_at_column_49) {
    VmaModel vma = area(0x08048000, 0x0804A000, 0x75, 1, "/bin/tour");
    vma.file = FileModel{.major = 3, .minor = 1, .inode = 16386, .size = 8192, .path = "/bin/tour"};
    EXPECT_EQ(maps_line(vma), "08048000-0804a000 r-xp 00001000 03:01 16386      /bin/tour\n");
    EXPECT_EQ(maps_line(vma).find('/'), 49u);
}

TEST(MapsLine, an_area_without_name_ends_behind_the_inode) {
    EXPECT_EQ(maps_line(area(0x40000000, 0x40001000, 0x73, 0x40000)),
              "40000000-40001000 rw-p 40000000 00:00 0 \n");
}

TEST(MapsLine, sharing_is_told_by_what_the_area_may_share) {
    EXPECT_EQ(maps_line(area(0x40000000, 0x40001000, 0xFB, 0)), "40000000-40001000 rw-s 00000000 00:00 0 \n");
    EXPECT_EQ(maps_line(area(0x40000000, 0x40001000, 0x70, 0)), "40000000-40001000 ---p 00000000 00:00 0 \n");
}

TEST(MapsLine, a_long_line_keeps_one_space_before_the_name) {
    VmaModel vma = area(0x40000000, 0x40001000, 0x71, 0xFFFFF, "/x");
    vma.file = FileModel{.major = 0xABC, .minor = 0xDEF01, .inode = 4294967295, .size = 0, .path = "/x"};
    EXPECT_EQ(maps_line(vma), "40000000-40001000 r--p fffff000 abc:def01 4294967295  /x\n");
}

TEST(MapsLine, an_offset_beyond_4_gib_keeps_all_its_digits) {
    EXPECT_EQ(maps_line(area(0x40000000, 0x40001000, 0x71, 0x123456)),
              "40000000-40001000 r--p 123456000 00:00 0 \n");
}

TEST(Json, names_that_are_not_utf_8_do_not_break_the_document) {
    Process process;
    process.task.comm = "bad";
    process.mm.vmas.push_back(area(0x1000, 0x2000, 1, 0, "/\xff\xfe\"\n"));
    const std::string text = maps_json(MachineMoment{}, {process});
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json["schema"], "mmscope.dump");
    EXPECT_EQ(json["version"], 1);
    EXPECT_EQ(json["processes"][0]["vmas"][0]["start"], "0x00001000");
}

TEST(Json, members_keep_order_type_and_bits) {
    Process process;
    process.mm.fields.push_back({"flags", "unsigned int", 8, 3, 5, Value{uint64_t{17}}});
    process.mm.fields.push_back(
        {"pgd", "pgd_t *", 12, 0, 0, Value{PointerValue{0xC0104000, "swapper_pg_dir"}}});
    const auto json = nlohmann::ordered_json::parse(mm_json(MachineMoment{}, {process}));
    EXPECT_EQ(
        json["processes"][0]["fields"].dump(),
        R"([{"name":"flags","type":"unsigned int","offset":8,"bit_offset":3,"bit_size":5,"value":17},)"
        R"({"name":"pgd","type":"pgd_t *","offset":12,"value":{"address":"0xc0104000","symbol":"swapper_pg_dir"}}])");
}

}  // namespace
}  // namespace mmscope::test
