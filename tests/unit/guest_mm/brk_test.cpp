// SPDX-License-Identifier: GPL-2.0-or-later
// The heap (MM_FACTS 4.13) and the stack (4.18).
#include "fixture.h"

namespace guest {
namespace {

constexpr long kHeap = 0x08100000;

class Brk : public SpaceTest {
  protected:
    Brk() { set_heap(kHeap, 2 * kPage); }
    static long page(long n) { return kHeap + n * static_cast<long>(kPage); }
};

TEST_F(Brk, the_heap_grows_and_shrinks_with_its_end) {
    EXPECT_EQ(brk(page(10)), page(10));
    EXPECT_EQ(maps(), Lines{"08100000-0810a000 rw-p 8100"});
    EXPECT_EQ(all_areas()[0].flags, 0x100073u);
    EXPECT_EQ(counters().total_vm, 11u);
    EXPECT_EQ(brk(page(4)), page(4));
    EXPECT_EQ(maps(), Lines{"08100000-08104000 rw-p 8100"});
    EXPECT_EQ(brk(page(0)), page(0));
    EXPECT_EQ(maps(), Lines{});
    EXPECT_EQ(counters().total_vm, 1u);
    EXPECT_EQ(counters().committed, 1u);
}

TEST_F(Brk, the_end_is_exact_to_the_byte) {
    EXPECT_EQ(brk(page(1) - 5), page(1) - 5);
    EXPECT_EQ(maps(), Lines{"08100000-08101000 rw-p 8100"});
    EXPECT_EQ(brk(page(0) + 3), page(0) + 3);  // the same page: only the number changes
    EXPECT_EQ(maps(), Lines{"08100000-08101000 rw-p 8100"});
    EXPECT_EQ(unmapped(), Lines{});
}

TEST_F(Brk, an_end_below_the_start_is_refused) {
    brk(page(3));
    EXPECT_EQ(brk(0), page(3));
    EXPECT_EQ(brk(page(0) - 1), page(3));
}

TEST_F(Brk, one_page_stays_free_below_the_next_area) {
    map(page(5), 1);
    EXPECT_EQ(brk(page(5)), page(0));
    EXPECT_EQ(brk(page(4)), page(4));
}

TEST_F(Brk, the_data_limit_counts_data_and_heap) {
    set_limits({.data = 6 * kPage});
    EXPECT_EQ(brk(page(4) + 1), page(0));
    EXPECT_EQ(brk(page(4)), page(4));
}

TEST_F(Brk, a_wild_end_is_refused) {
    EXPECT_EQ(brk(0xFFFFFFFF), page(0));
    EXPECT_EQ(brk(kTaskSize + kPage), page(0));
    EXPECT_EQ(maps(), Lines{});
}

TEST_F(Brk, more_than_memory_is_refused) {
    EXPECT_EQ(brk(page(0) + static_cast<long>(2 * kRam)), page(0));
    EXPECT_EQ(counters().committed, 1u);
}

TEST_F(Brk, the_heap_merges_with_an_equal_mapping_it_meets) {
    map(page(0), 2);
    munmap(page(0), kPage);
    set_heap(page(2), 0);
    brk(page(4));
    EXPECT_EQ(maps(), Lines{"08101000-08104000 rw-p 8101"});
}

TEST_F(Brk, without_memory_for_the_area_the_end_stays) {
    starve();
    EXPECT_EQ(brk(page(1)), page(0));
    feed();
    EXPECT_EQ(counters().committed, 1u);
}

using Stack = SpaceTest;
constexpr ulong kStackTop = kTaskSize;

TEST_F(Stack, a_touch_below_the_stack_lowers_it_to_that_page) {
    EXPECT_TRUE(touch(kStackTop - 5 * kPage + 100));
    const Area stack = all_areas().back();
    EXPECT_EQ(stack.start, kStackTop - 5 * kPage);
    EXPECT_EQ(stack.pgoff, stack.start / kPage);
    EXPECT_EQ(counters().total_vm, 5u);
    EXPECT_EQ(counters().stack_vm, 5u);
    EXPECT_EQ(counters().committed, 5u);
}

TEST_F(Stack, it_does_not_grow_beyond_its_limit) {
    set_limits({.stack = 4 * kPage});
    EXPECT_FALSE(touch(kStackTop - 4 * kPage - 1));
    EXPECT_EQ(all_areas().back().start, kStackTop - kPage);
    EXPECT_TRUE(touch(kStackTop - 4 * kPage));
}

TEST_F(Stack, it_does_not_grow_beyond_the_address_space_limit) {
    set_limits({.address_space = 2 * kPage});
    EXPECT_FALSE(touch(kStackTop - 3 * kPage));
    EXPECT_TRUE(touch(kStackTop - 2 * kPage));
    EXPECT_EQ(counters().total_vm, 2u);
}

TEST_F(Stack, it_grows_down_to_the_area_below_without_a_gap) {
    map(kStackTop - 4 * kPage, 1);
    EXPECT_TRUE(touch(kStackTop - 3 * kPage));
    EXPECT_EQ(all_areas().back().start, kStackTop - 3 * kPage);
}

TEST_F(Stack, an_ordinary_area_does_not_grow) {
    map(at(5), 1);
    EXPECT_FALSE(touch(at(4)));
}

}  // namespace
}  // namespace guest
