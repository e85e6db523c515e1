// SPDX-License-Identifier: GPL-2.0-or-later
#include <map>
#include <random>

#include "fixture.h"

namespace guest {
namespace {

class PageTree : public MachineTest {
  protected:
    static ulong nodes() { return cache_statistics("page_tree_node").active_objs; }
};

TEST_F(PageTree, a_page_is_found_at_its_offset_only) {
    EXPECT_EQ(pages_insert(5, 77), 0);
    EXPECT_EQ(pages_lookup(5), 77u);
    EXPECT_EQ(pages_lookup(4), 0u);
    EXPECT_EQ(pages_lookup(5 + 64), 0u);
    EXPECT_EQ(pages_lookup(~0ul), 0u);
}

TEST_F(PageTree, a_second_page_at_the_same_offset_is_refused) {
    EXPECT_EQ(pages_insert(5, 77), 0);
    EXPECT_EQ(pages_insert(5, 78), -17);
    EXPECT_EQ(pages_lookup(5), 77u);
}

TEST_F(PageTree, it_grows_to_the_largest_offset_and_shrinks_to_nothing) {
    for (ulong index : {0ul, 63ul, 64ul, 4096ul, 0xFFFFFul, 0xFFFFFFFFul, ~0ul})
        EXPECT_EQ(pages_insert(index, index % 1000 + 1), 0);
    EXPECT_EQ(pages_lookup(~0ul), ~0ul % 1000 + 1);
    for (ulong index : {0ul, 63ul, 64ul, 4096ul, 0xFFFFFul, 0xFFFFFFFFul, ~0ul})
        EXPECT_EQ(pages_delete(index), index % 1000 + 1);
    EXPECT_EQ(nodes(), 0u);
}

TEST_F(PageTree, the_next_page_is_found_across_holes) {
    for (ulong index : {3ul, 70ul, 5000ul})
        pages_insert(index, index);
    EXPECT_EQ(pages_next(0), 3u);
    EXPECT_EQ(pages_next(3), 3u);
    EXPECT_EQ(pages_next(4), 70u);
    EXPECT_EQ(pages_next(71), 5000u);
    EXPECT_EQ(pages_next(5001), 0u);
}

TEST_F(PageTree, without_memory_an_insertion_leaves_no_trace) {
    pages_insert(1, 1);
    const ulong before = nodes();
    starve();
    // The node cache may have slots left; use them up with offsets far apart.
    ulong index = 1ul << 40;
    int error = 0;
    while (!(error = pages_insert(index, 9)))
        index += 1ul << 30;
    EXPECT_EQ(error, -12);
    EXPECT_EQ(pages_lookup(index), 0u);
    for (ulong i = 1ul << 40; i < index; i += 1ul << 30)
        EXPECT_EQ(pages_delete(i), 9u);
    EXPECT_EQ(pages_lookup(1), 1u);
    EXPECT_EQ(pages_delete(1), 1u);
    EXPECT_EQ(nodes(), 0u);
    EXPECT_EQ(before, 1u);
    feed();
}

TEST_F(PageTree, random_changes_agree_with_a_map) {
    std::mt19937_64 random(7);
    std::map<ulong, ulong> model;
    for (int step = 0; step < 50000; step++) {
        const ulong index = random() % 3 ? random() % 300 : (random() % 50) << 20;
        const ulong page = random() % 1000 + 1;
        const auto found = model.find(index);
        ASSERT_EQ(pages_lookup(index), found == model.end() ? 0 : found->second);
        if (random() % 2) {
            ASSERT_EQ(pages_insert(index, page), found == model.end() ? 0 : -17);
            model.emplace(index, page);
        } else {
            ASSERT_EQ(pages_delete(index), found == model.end() ? 0 : found->second);
            model.erase(index);
        }
        const auto next = model.lower_bound(index);
        ASSERT_EQ(pages_next(index), next == model.end() ? 0 : next->second);
    }
    for (const auto& [index, page] : model)
        EXPECT_EQ(pages_delete(index), page);
    EXPECT_EQ(nodes(), 0u);
}

}  // namespace
}  // namespace guest
