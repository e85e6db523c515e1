// SPDX-License-Identifier: GPL-2.0-or-later
// Rows A: mmap and munmap.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kArena = 0x50000000, kArenaEnd = 0x50100000;

std::string arena(const Moment& now) {
    return now.areas_in(self(now), kArena, kArenaEnd);
}

TEST(Row, A01_total_vm_follows_what_is_mapped) {
    Row row;
    uint32_t total_vm = 0;
    row.at(1, [&](const Moment& now) { total_vm = mm_of(now).u32("total_vm"); });
    row.at(2, [&](const Moment& now) { EXPECT_EQ(mm_of(now).u32("total_vm"), total_vm + 37); });
    row.at(3, [&](const Moment& now) { EXPECT_EQ(mm_of(now).u32("total_vm"), total_vm); });
    row.run();
}

TEST(Row, A02_a_fixed_mapping_replaces_what_was_there) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(arena(now), "50000000-50004000 rw-- 50000\n50005000-50008000 r--- 50005\n");
        EXPECT_NE(now.pte(self(now), kArena + 2 * kPageSize), 0u);
    });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(
            arena(now),
            "50000000-50002000 rw-- 50000\n50002000-50007000 r-x- 50002\n50007000-50008000 r--- 50007\n");
        EXPECT_EQ(now.pte(self(now), kArena + 2 * kPageSize), 0u) << "the old pages are gone";
    });
    row.run();
}

TEST(Row, A03_two_adjacent_equal_mappings_are_one_area) {
    Row row;
    uint32_t map_count = 0;
    row.at(1, [&](const Moment& now) { map_count = mm_of(now).u32("map_count"); });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(arena(now), "50000000-50005000 rw-- 50000\n");
        EXPECT_EQ(mm_of(now).u32("map_count"), map_count + 1);
    });
    row.run();
}

TEST(Row, A04_unmapping_the_middle_leaves_two_areas) {
    Row row;
    uint32_t map_count = 0;
    row.at(1, [&](const Moment& now) {
        map_count = mm_of(now).u32("map_count");
        EXPECT_EQ(arena(now), "50000000-50005000 rw-- 50000\n50010000-50013000 r--- 0\n");
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(arena(now),
                  "50000000-50001000 rw-- 50000\n50003000-50005000 rw-- 50003\n"
                  "50010000-50011000 r--- 0\n50012000-50013000 r--- 2\n");
        EXPECT_EQ(mm_of(now).u32("map_count"), map_count + 2);
    });
    row.run();
}

TEST(Row, A05_unmapping_an_end_moves_the_border) {
    Row row;
    uint32_t file_area = 0, memory_area = 0;
    row.at(1, [&](const Moment& now) {
        file_area = now.vma(self(now), kArena + kPageSize).address();
        memory_area = now.vma(self(now), kArena + 17 * kPageSize).address();
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(arena(now), "50001000-50004000 r--- 1\n50010000-50013000 rw-- 50010\n");
        EXPECT_EQ(now.vma(self(now), kArena + kPageSize).address(), file_area);
        EXPECT_EQ(now.vma(self(now), kArena + 17 * kPageSize).address(), memory_area);
    });
    row.run();
}

TEST(Row, A06_a_shared_mapping_of_a_file_that_may_only_be_read) {
    Row row;
    row.at(1, [](const Moment& now) {
        const uint32_t flags = now.vma(self(now), now.number("area")).u32("vm_flags");
        EXPECT_EQ(flags & (kVmShared | kVmMayWrite | kVmMayShare), kVmMayShare);
    });
    row.run();
}

TEST(Row, A07_the_rights_of_pages_follow_from_the_flags) {
    // By SHARED, EXEC, WRITE, READ. Nothing private is writable at first; read and execute are the same.
    constexpr uint32_t kNone = 0xA0, kRead = 0x25, kShared = 0x27;
    constexpr uint32_t kRights[16] = {kNone, kRead, kRead,   kRead,   kRead, kRead, kRead,   kRead,
                                      kNone, kRead, kShared, kShared, kRead, kRead, kShared, kShared};
    Row row;
    row.at(1, [&](const Moment& now) {
        uint32_t seen = 0;
        for (uint32_t index = 0; index < 16; ++index) {
            const Object area = now.vma(self(now), kArena + index * 2 * kPageSize);
            EXPECT_EQ(area.u32("vm_flags") & 15, index);
            EXPECT_EQ(area.u32("vm_page_prot"), kRights[index]) << index;
        }
        for (const VmaModel& area : now.areas(self(now))) {
            if (area.file && area.flags & kVmShared) continue;  // tracking of writes may take the right away
            EXPECT_EQ(area.page_prot, kRights[area.flags & 15]) << area.start.value;
            ++seen;
        }
        EXPECT_GE(seen, 10u);
    });
    row.run();
}

TEST(Row, A08_a_file_mapping_knows_its_file_and_page) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object file = now.vma(self(now), now.number("file"));
        EXPECT_NE(file.u32("vm_file"), 0u);
        EXPECT_EQ(file.u32("vm_pgoff"), 5u);
        for (const VmaModel& area : now.areas(self(now))) {
            if (area.at.value != file.address()) continue;
            ASSERT_TRUE(area.file);
            EXPECT_EQ(area.file->path, "/share/pages.txt");
        }
        const Object anonymous = now.vma(self(now), now.number("anonymous"));
        EXPECT_EQ(anonymous.u32("vm_file"), 0u);
        EXPECT_EQ(anonymous.u32("vm_pgoff"), by_series(0u, anonymous.u32("vm_start") >> kPageShift));
    });
    row.run();
}

/// Nothing of the space has changed between two checkpoints.
void expect_nothing_changes(Row& row) {
    auto areas = std::make_shared<std::string>();
    auto total_vm = std::make_shared<uint32_t>();
    row.at(1, [=](const Moment& now) {
        *areas = now.areas_in(self(now), 0, 0xC0000000);
        *total_vm = mm_of(now).u32("total_vm");
    });
    row.at(2, [=](const Moment& now) {
        EXPECT_EQ(now.areas_in(self(now), 0, 0xC0000000), *areas);
        EXPECT_EQ(mm_of(now).u32("total_vm"), *total_vm);
    });
    row.run();
}

TEST(Row, A11_wrong_arguments_of_mmap_change_nothing) {
    Row row;
    expect_nothing_changes(row);
}

TEST(Row, A12_the_limit_of_the_space_holds) {
    Row row;
    expect_nothing_changes(row);
}

TEST(Row, A14_page_tables_come_and_go_with_their_slots) {
    Row row;
    uint32_t nr_ptes = 0;
    const auto present_tables = [](const Moment& now) {
        uint32_t tables = 0;
        const Object mm = mm_of(now);
        for (uint32_t address = 0; address < 0xC0000000; address += 4u << 20)
            tables += now.walk(mm, address).pde.value_or(0) & kPresent;
        return tables;
    };
    row.at(1, [&](const Moment& now) { nr_ptes = mm_of(now).u32("nr_ptes"); });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("nr_ptes"), nr_ptes + 3);
        EXPECT_EQ(present_tables(now), nr_ptes + 3);
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("nr_ptes"), nr_ptes);
        EXPECT_EQ(present_tables(now), nr_ptes);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
