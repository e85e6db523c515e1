// SPDX-License-Identifier: GPL-2.0-or-later
// Walks and access rights against SDM vol. 3, sections 4.3 and 4.6.
#include "mmu/page_walk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "page_tables.h"

namespace mmscope::testing {
namespace {

std::string describe(const Walk& walk) {
    return fmt::format("{}{}{}{}{}{}{} {:#x}", walk.present ? "P" : "-", walk.writable ? "W" : "-",
                       walk.user ? "U" : "-", walk.global ? "G" : "-", walk.dirty ? "D" : "-",
                       walk.large ? "L" : "-", walk.reserved ? "R" : "-", walk.physical.value);
}

struct WalkCase {
    const char* name;
    uint32_t pde, pte;
    const char* expected;
};

class WalksOf : public ::testing::TestWithParam<WalkCase> {};

TEST_P(WalksOf, a_page_of_4_kib) {
    PageTables tables;
    tables.mode.global_pages = true;
    tables.put(tables.pde_of(kPage), GetParam().pde);
    tables.put(tables.pte_of(kPage), GetParam().pte);
    EXPECT_EQ(describe(walk_page(*tables.memory, tables.mode, kPage + 0x123)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Entries, WalksOf,
    ::testing::Values(WalkCase{"absent_table", 0x2006, 0x5007, "------- 0x0"},
                      WalkCase{"absent_page", 0x2007, 0x5006, "------- 0x0"},
                      WalkCase{"supervisor_read_only", 0x2001, 0x5001, "P------ 0x5123"},
                      WalkCase{"rights_are_those_of_both_levels", 0x2007, 0x5007, "PWU---- 0x5123"},
                      WalkCase{"the_directory_takes_write_away", 0x2005, 0x5007, "P-U---- 0x5123"},
                      WalkCase{"the_table_takes_user_away", 0x2007, 0x5003, "PW----- 0x5123"},
                      WalkCase{"global_and_dirty_come_from_the_page", 0x2007, 0x5147, "PWUGD-- 0x5123"},
                      WalkCase{"ps_means_nothing_without_pse", 0x2087, 0x5007, "PWU---- 0x5123"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(PageWalk, without_paging_linear_is_physical_and_everything_is_allowed) {
    PageTables tables;
    tables.mode.paging = false;
    EXPECT_EQ(describe(walk_page(*tables.memory, tables.mode, LinearAddr(0xFEE00123))), "PWU-D-- 0xfee00123");
}

TEST(PageWalk, a_4_mib_page_takes_ten_bits_from_the_entry) {
    PageTables tables;
    tables.mode.large_pages = tables.mode.global_pages = true;
    tables.put(tables.pde_of(kPage), 0x00C001E7);
    const Walk walk = walk_page(*tables.memory, tables.mode, LinearAddr(0x006ABCDE));
    EXPECT_EQ(describe(walk), "PWUGDL- 0xeabcde");
    EXPECT_FALSE(walk.pte);
}

TEST(PageWalk, reserved_bits_of_a_4_mib_page_fault_with_rsvd_set) {
    PageTables tables;
    tables.mode.large_pages = true;
    tables.put(tables.pde_of(kPage), 0x00C02087);
    const Walk walk = walk_page(*tables.memory, tables.mode, kPage);
    EXPECT_TRUE(walk.reserved);
    EXPECT_EQ(find_violation(walk, tables.mode, Access::Read, Privilege::Supervisor),
              kFaultProtection | kFaultReserved);
}

TEST(PageWalk, the_global_bit_counts_only_while_cr4_pge_is_set) {
    PageTables tables;
    tables.map(kPresent, kPresent | kGlobal);
    EXPECT_FALSE(walk_page(*tables.memory, tables.mode, kPage).global);
    tables.mode.global_pages = true;
    EXPECT_TRUE(walk_page(*tables.memory, tables.mode, kPage).global);
}

TEST(PageWalk, says_where_the_entries_stand) {
    PageTables tables;
    tables.map(7, 7);
    const Walk walk = walk_page(*tables.memory, tables.mode, kPage + 0xFFF);
    EXPECT_EQ(walk.pde_at, PhysAddr(0x1004));
    EXPECT_EQ(walk.pte_at, PhysAddr(0x200C));
    EXPECT_EQ(walk.pde, 0x2007u);
    EXPECT_EQ(walk.pte, 0x5007u);
    EXPECT_EQ(walk.address, kPage + 0xFFF);
}

TEST(PageWalk, a_directory_outside_ram_is_not_present_and_has_no_entry) {
    PageTables tables;
    tables.mode.directory = PhysAddr(0xFFFFF000);
    const Walk walk = walk_page(*tables.memory, tables.mode, LinearAddr(0xFFFFFFFF));
    EXPECT_FALSE(walk.present);
    EXPECT_FALSE(walk.pde);
}

TEST(PageWalk, a_table_outside_ram_is_not_present_and_has_no_entry) {
    PageTables tables;
    tables.put(tables.pde_of(kPage), 0x7FFFF007);
    const Walk walk = walk_page(*tables.memory, tables.mode, kPage);
    EXPECT_FALSE(walk.present);
    EXPECT_TRUE(walk.pde);
    EXPECT_FALSE(walk.pte);
}

TEST(PageWalk, changes_nothing) {
    PageTables tables;
    tables.map(7, 7);
    const std::vector<std::byte> before(tables.memory->bytes().begin(), tables.memory->bytes().end());
    (void)walk_page(*tables.memory, tables.mode, kPage);
    EXPECT_TRUE(std::ranges::equal(before, tables.memory->bytes()));
}

/// The rule of SDM vol. 3, section 4.6.1, spelled out once more and compared in all 64 combinations.
std::optional<uint32_t> violation_by_the_manual(bool present, bool writable, bool user_page, bool wp,
                                                bool write, bool user) {
    const uint32_t code = (write ? 2u : 0u) + (user ? 4u : 0u);
    if (!present) return code;
    bool allowed = true;
    if (user) {
        if (!user_page) allowed = false;
        if (write && !writable) allowed = false;
    } else if (write && wp && !writable) {
        allowed = false;
    }
    if (allowed) return std::nullopt;
    return code + 1;
}

TEST(FindViolation, agrees_with_the_manual_in_every_combination) {
    for (unsigned bits = 0; bits < 64; ++bits) {
        Walk walk;
        walk.present = bits & 1;
        walk.writable = bits & 2;
        walk.user = bits & 4;
        PagingMode mode;
        mode.paging = true;
        mode.write_protect = bits & 8;
        const bool write = bits & 16, user = bits & 32;
        const auto privilege = user ? Privilege::User : Privilege::Supervisor;
        const auto expected =
            violation_by_the_manual(walk.present, walk.writable, walk.user, mode.write_protect, write, user);
        EXPECT_EQ(find_violation(walk, mode, write ? Access::Write : Access::Read, privilege), expected)
            << bits;
        if (write) continue;
        EXPECT_EQ(find_violation(walk, mode, Access::Fetch, privilege), expected) << bits;
    }
}

}  // namespace
}  // namespace mmscope::testing
