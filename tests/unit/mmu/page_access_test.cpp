// SPDX-License-Identifier: GPL-2.0-or-later
// A and D bits as SDM vol. 3, section 4.8 sets them.
#include "mmu/page_access.h"

#include <gtest/gtest.h>

#include "page_tables.h"

namespace mmscope::testing {
namespace {

TEST(PageAccess, a_read_sets_accessed_in_both_levels_and_not_dirty) {
    PageTables tables;
    tables.map(7, 7);
    const PageAccess access = access_page(*tables.memory, tables.mode, kPage, Access::Read, Privilege::User);
    EXPECT_FALSE(access.violation);
    EXPECT_EQ(tables.get(tables.pde_of(kPage)), 0x2027u);
    EXPECT_EQ(tables.get(tables.pte_of(kPage)), 0x5027u);
}

TEST(PageAccess, a_write_sets_dirty_in_the_page_only) {
    PageTables tables;
    tables.map(7, 7);
    access_page(*tables.memory, tables.mode, kPage, Access::Write, Privilege::User);
    EXPECT_EQ(tables.get(tables.pde_of(kPage)), 0x2027u);
    EXPECT_EQ(tables.get(tables.pte_of(kPage)), 0x5067u);
}

TEST(PageAccess, a_write_to_a_4_mib_page_sets_both_in_its_one_entry) {
    PageTables tables;
    tables.mode.large_pages = true;
    tables.put(tables.pde_of(kPage), 0x00C00087);
    access_page(*tables.memory, tables.mode, kPage, Access::Write, Privilege::User);
    EXPECT_EQ(tables.get(tables.pde_of(kPage)), 0x00C000E7u);
}

TEST(PageAccess, a_refused_write_leaves_the_page_entry_alone) {
    PageTables tables;
    tables.map(7, 5);
    const PageAccess access = access_page(*tables.memory, tables.mode, kPage, Access::Write, Privilege::User);
    EXPECT_EQ(access.violation, kFaultProtection | kFaultWrite | kFaultUser);
    EXPECT_EQ(tables.get(tables.pte_of(kPage)), 0x5005u);
}

TEST(PageAccess, the_walk_it_returns_shows_the_entries_before) {
    PageTables tables;
    tables.map(7, 7);
    const PageAccess access = access_page(*tables.memory, tables.mode, kPage, Access::Write, Privilege::User);
    EXPECT_EQ(access.walk.pte, 0x5007u);
    EXPECT_FALSE(access.walk.dirty);
}

}  // namespace
}  // namespace mmscope::testing
