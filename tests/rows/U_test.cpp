// SPDX-License-Identifier: GPL-2.0-or-later
// Rows U: the search for a free interval.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kMmapBase = 0xB8000000, kUnmappedBase = 0x40000000, kUnknown = 0xFFFFFFFF;

/// 2.6.11 remembers no holes at all.
void expect_holes_unknown(const Object& mm) {
    if (since(Edition::v2_6_28)) {
        EXPECT_EQ(mm.u32("cached_hole_size"), kUnknown);
    }
}

TEST(Row, U03_search_and_release_are_a_pair) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = mm_of(now);
        EXPECT_EQ(now.function(mm.u32("get_unmapped_area")), "arch_get_unmapped_area_topdown");
        EXPECT_EQ(now.function(mm.u32("unmap_area")), "arch_unmap_area_topdown");
        EXPECT_EQ(mm.u32("mmap_base"), kMmapBase);
    });
    row.at(2, [](const Moment& now) {
        const Object mm = mm_of(now);
        EXPECT_EQ(now.function(mm.u32("get_unmapped_area")), "arch_get_unmapped_area");
        EXPECT_EQ(now.function(mm.u32("unmap_area")), "arch_unmap_area");
        EXPECT_EQ(mm.u32("mmap_base"), kUnmappedBase);
    });
    row.run();
}

TEST(Row, U04_the_first_mapping_ends_at_mmap_base_and_the_next_below) {
    Row row;
    row.options.command_line = kFirstIsTheFirst;
    row.at(1, [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("mmap_base"), kMmapBase); });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(now.areas_in(now.number("self"), kMmapBase - 0x100000, kMmapBase + 0x100000),
                  "b7ffb000-b7ffd000 rw-- b7ffb\nb7ffd000-b8000000 r--- b7ffd\n");
        EXPECT_EQ(mm_of(now).u32("free_area_cache"), kMmapBase - 5 * kPageSize);
    });
    row.run();
}

TEST(Row, U06_a_freed_place_is_found_again) {
    Row row;
    row.options.command_line = kFirstIsTheFirst;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("free_area_cache"), kUnmappedBase + 5 * kPageSize);
    });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("free_area_cache"), now.number("first"));
        expect_holes_unknown(mm_of(now));
    });
    row.run();
}

void expect_known_hole(const Moment& now) {
    EXPECT_EQ(mm_of(now).u32("cached_hole_size"), 3 * kPageSize);
    EXPECT_EQ(mm_of(now).u32("free_area_cache"), now.number("low") + 9 * kPageSize);
}

TEST(Row, U07_a_hole_that_is_known_to_fit_is_used) {
    Row row;
    row.options.command_line = kFirstIsTheFirst;
    row.at(1, expect_known_hole);
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("free_area_cache"), now.number("low") + 3 * kPageSize);
        EXPECT_EQ(mm_of(now).u32("cached_hole_size"), 0u) << "below it everything is taken";
    });
    row.run();
}

TEST(Row, U08_a_request_above_the_known_holes_starts_at_the_cache) {
    Row row;
    row.options.command_line = kFirstIsTheFirst;
    row.at(1, expect_known_hole);
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(now.number("placed"), now.number("low") + 9 * kPageSize);
        EXPECT_EQ(mm_of(now).u32("free_area_cache"), now.number("placed") + 5 * kPageSize);
        EXPECT_EQ(mm_of(now).u32("cached_hole_size"), 3 * kPageSize) << "the hole is still known";
    });
    row.run();
}

TEST(Row, U09_release_of_several_areas_tells_the_edge_once) {
    Row row;
    row.options.command_line = kFirstIsTheFirst;
    row.at(1, [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("free_area_cache"), now.number("low")); });
    row.at(2, [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("free_area_cache"), now.number("top")); });
    row.run();
}

TEST(Row, U10_when_nothing_is_free_below_the_search_turns_upwards) {
    Row row;
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(now.areas_in(now.number("self"), kMmapBase, kMmapBase + 1),
                  "b8000000-bc000000 r--- b8000\n");
        EXPECT_EQ(mm_of(now).u32("free_area_cache"), kMmapBase);
        expect_holes_unknown(mm_of(now));
    });
    row.run();
}

TEST(Row, U11_a_child_searches_from_the_top) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object child = now.mm(now.number("child"));
        EXPECT_NE(mm_of(now).u32("free_area_cache"), kMmapBase);
        EXPECT_EQ(child.u32("free_area_cache"), mm_of(now).u32("mmap_base"));
        expect_holes_unknown(child);
    });
    row.run();
}

TEST(Row, U12_exec_sets_the_size_of_the_space) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("task_size"), 0xC0000000u); });
    row.run();
}

TEST(Row, U13_a_request_larger_than_any_gap_changes_nothing) {
    Row row;
    std::string areas;
    uint32_t total_vm = 0;
    row.at(1, [&](const Moment& now) {
        areas = now.areas_in(now.number("self"), 0, 0xC0000000);
        total_vm = mm_of(now).u32("total_vm");
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(now.areas_in(now.number("self"), 0, 0xC0000000), areas);
        EXPECT_EQ(mm_of(now).u32("total_vm"), total_vm);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
