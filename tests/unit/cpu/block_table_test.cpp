// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/block_table.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

TEST(BlockTable, knows_a_block_by_address_and_size) {
    BlockTable table;
    table.remember(0xC0101234, 17, 5);
    EXPECT_EQ(table.find(0xC0101234, 17), 5u);
    EXPECT_EQ(table.find(0xC0101234, 18), 0u);
    EXPECT_EQ(table.find(0xC0101230, 17), 0u);
    EXPECT_EQ(table.find(0x00101234, 17), 0u);
}

TEST(BlockTable, an_empty_table_knows_nothing_not_even_address_0) {
    const BlockTable table;
    EXPECT_EQ(table.find(0, 1), 0u);
}

TEST(BlockTable, forgetting_a_page_forgets_all_its_blocks_and_leaves_its_neighbour) {
    BlockTable table;
    table.remember(0xC0101000, 4, 2);
    table.remember(0xC0101FFC, 4, 3);
    table.remember(0xC0102000, 4, 4);
    table.forget_page(LinearAddr(0xC0101800));
    EXPECT_EQ(table.find(0xC0101000, 4), 0u);
    EXPECT_EQ(table.find(0xC0101FFC, 4), 0u);
    EXPECT_EQ(table.find(0xC0102000, 4), 4u);
}

TEST(CodePages, remembers_frames_and_ignores_what_is_no_ram) {
    CodePages pages(1u << 20);
    pages.add(PhysAddr(0x5123));
    pages.add(PhysAddr(0xFFFFF000));
    EXPECT_TRUE(pages.contains(PhysAddr(0x5FFF)));
    EXPECT_FALSE(pages.contains(PhysAddr(0x6000)));
    EXPECT_FALSE(pages.contains(PhysAddr(0xFFFFF000)));
    pages.clear();
    EXPECT_TRUE(pages.empty());
    EXPECT_FALSE(pages.contains(PhysAddr(0x5123)));
}

}  // namespace
}  // namespace mmscope
