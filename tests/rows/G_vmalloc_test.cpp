// SPDX-License-Identifier: GPL-2.0-or-later
// Rows G11 to G13 and G15: kernel memory that page directories learn of when it is touched.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kPageOffset = 0xC0000000, kFrame = ~0xFFFu, kSetByCpu = 0x60;

/// The entry of a page directory (linear address) for the told place, without what the processor sets.
uint32_t entry(const Moment& now, uint32_t directory) {
    return now.object("pgd_t", directory + (now.number("place") >> 22) * 4).u32("pgd") & ~kSetByCpu;
}
uint32_t entry_of(const Moment& now, const char* pid) {
    return entry(now, now.mm(now.number(pid)).u32("pgd"));
}
uint32_t master_entry(const Moment& now) {
    return entry(now, now.variable("swapper_pg_dir").address());
}
/// The entry of init_mm's page table for a page of the area.
uint32_t master_pte(const Moment& now, uint32_t page) {
    const uint32_t table = (master_entry(now) & kFrame) + kPageOffset;
    const uint32_t at = now.number("place") + page * kPageSize;
    return now.object("pte_t", table + (at >> 12 & 0x3FF) * 4).u32("pte");
}

TEST(Row, G11_a_directory_gets_its_entry_when_the_area_is_touched) {
    Row row;
    uint32_t locked = 0;
    row.at(1, [&](const Moment& now) {
        EXPECT_EQ(entry_of(now, "self"), 0u);
        locked = now.variable("init_mm").u32("page_table_lock.acquisitions");
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_NE(entry_of(now, "self"), 0u);
        EXPECT_EQ(entry_of(now, "self"), master_entry(now));
        EXPECT_EQ(entry_of(now, "child"), 0u);
        EXPECT_EQ(now.variable("init_mm").u32("page_table_lock.acquisitions"), locked);
    });
    row.run();
}

TEST(Row, G15_a_program_that_touches_an_area_of_the_kernel) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(entry_of(now, "self"), 0u); });
    row.at(2, [](const Moment& now) {
        // 2.4.0 brings the directory up to date for whoever touches.
        EXPECT_EQ(entry_of(now, "self"), since(Edition::v2_4_18) ? 0u : master_entry(now));
    });
    row.run();
}

TEST(Row, G12_a_new_area_changes_the_master_only) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(master_entry(now) & kPresent, kPresent);
        EXPECT_EQ(entry_of(now, "self"), 0u);
        EXPECT_EQ(entry_of(now, "child"), 0u);
        for (uint32_t page = 0; page < 5; ++page)
            EXPECT_EQ(master_pte(now, page) & kPresent, kPresent);
        EXPECT_EQ(master_pte(now, 5), 0u);  // the guard
    });
    row.run();
}

TEST(Row, G13_a_freed_area_is_nobodys) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(entry_of(now, "self"), master_entry(now)); });
    row.at(2, [](const Moment& now) {
        for (uint32_t page = 0; page < 5; ++page)
            EXPECT_EQ(master_pte(now, page), 0u);
        EXPECT_EQ(entry_of(now, "self"), master_entry(now));  // the page table stays
        EXPECT_EQ(now.variable("vmlist").u32(), 0u);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
