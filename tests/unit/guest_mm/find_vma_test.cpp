// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

namespace guest {
namespace {

/// Two areas, pages 0-1 and 4-5, and the stack: indices 0, 1, 2.
class FindVma : public SpaceTest {
  protected:
    FindVma() {
        map(at(0), 2);
        map(at(4), 2);
    }
};

TEST_F(FindVma, find_vma_returns_the_area_that_contains_the_address) {
    EXPECT_EQ(find_vma(at(0)), 0);
    EXPECT_EQ(find_vma(at(2) - 1), 0);
    EXPECT_EQ(find_vma(at(5)), 1);
}

TEST_F(FindVma, find_vma_in_a_gap_returns_the_next_vma) {
    EXPECT_EQ(find_vma(0), 0);
    EXPECT_EQ(find_vma(at(2)), 1);  // the byte vm_end is not in the area
    EXPECT_EQ(find_vma(at(6)), 2);
    EXPECT_EQ(mmap_cache(), 2);  // remembered, although it does not contain the address
}

TEST_F(FindVma, find_vma_above_all_areas_returns_null_and_keeps_the_cache) {
    munmap(kTaskSize - kPage, kPage);
    find_vma(at(0));
    EXPECT_EQ(find_vma(at(6)), -1);
    EXPECT_EQ(mmap_cache(), 0);
}

TEST_F(FindVma, the_second_lookup_in_an_area_is_a_hit_without_a_tree_walk) {
    find_vma(at(4));
    const Lookups before = lookups();
    find_vma(at(5) + 123);
    const Lookups after = lookups();
    EXPECT_EQ(after.calls, before.calls + 1);
    EXPECT_EQ(after.hits, before.hits + 1);
    EXPECT_EQ(after.steps, before.steps);
}

TEST_F(FindVma, every_area_that_is_looked_at_is_a_step) {
    const Lookups before = lookups();
    find_vma(at(0));
    find_vma(at(4));
    find_vma(kTaskSize - kPage);
    const Lookups after = lookups();
    EXPECT_EQ(after.hits, before.hits);
    EXPECT_EQ(after.steps, before.steps + 1 + 2 + 2) << "a root and its two children";
    EXPECT_GE(after.worst, 2u);
}

TEST_F(FindVma, a_cached_area_that_does_not_contain_the_address_is_no_hit) {
    find_vma(at(2));
    ASSERT_EQ(mmap_cache(), 1);
    const Lookups before = lookups();
    EXPECT_EQ(find_vma(at(3)), 1);
    EXPECT_EQ(lookups().hits, before.hits);
}

TEST_F(FindVma, munmap_empties_the_cache) {
    map(at(20), 1);
    find_vma(at(0));
    munmap(at(20), kPage);
    EXPECT_EQ(mmap_cache(), -1);
}

TEST_F(FindVma, a_merge_moves_the_cache_to_the_area_that_survives) {
    find_vma(at(4));
    map(at(2), 2);
    EXPECT_EQ(maps(), Lines{"50000000-50006000 rw-p 50000"});
    EXPECT_EQ(mmap_cache(), 0);
}

TEST_F(FindVma, find_vma_prev_also_names_the_area_before) {
    EXPECT_EQ(find_vma_prev(at(1)).vma, 0);
    EXPECT_EQ(find_vma_prev(at(1)).prev, -1);
    EXPECT_EQ(find_vma_prev(at(3)).vma, 1);
    EXPECT_EQ(find_vma_prev(at(3)).prev, 0);
}

TEST_F(FindVma, find_vma_prev_above_all_areas_gives_the_highest) {
    munmap(kTaskSize - kPage, kPage);
    EXPECT_EQ(find_vma_prev(at(9)).vma, -1);
    EXPECT_EQ(find_vma_prev(at(9)).prev, 1);
}

TEST_F(FindVma, find_vma_prev_leaves_the_cache_alone) {
    find_vma(at(0));
    find_vma_prev(at(4));
    EXPECT_EQ(mmap_cache(), 0);
}

TEST_F(FindVma, find_vma_intersection_wants_an_area_that_begins_below_the_end) {
    EXPECT_EQ(find_vma_intersection(at(2), at(4)), -1);
    EXPECT_EQ(find_vma_intersection(at(2), at(4) + 1), 1);
    EXPECT_EQ(find_vma_intersection(at(1), at(2)), 0);
}

}  // namespace
}  // namespace guest
