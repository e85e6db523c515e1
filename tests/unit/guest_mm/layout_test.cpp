// SPDX-License-Identifier: GPL-2.0-or-later
// Where mappings without a fixed address go (MM_FACTS 4.8).
#include "fixture.h"

namespace guest {
namespace {

constexpr ulong kTop = 0xB8000000;
constexpr ulong kUnknown = ~0ul;

using TopDown = SpaceTest;

TEST_F(TopDown, the_layout_leaves_128_MiB_for_the_stack) {
    EXPECT_EQ(search().mmap_base, kTop);
    EXPECT_TRUE(search().top_down);
}

TEST_F(TopDown, the_gap_follows_the_stack_limit_within_bounds) {
    restart({.stack = 512ul << 20});
    EXPECT_EQ(search().mmap_base, kTaskSize - (512ul << 20));
    restart({.stack = 0xB0000000});
    EXPECT_EQ(search().mmap_base, 0x20000000u);
}

TEST_F(TopDown, mappings_stack_up_below_mmap_base) {
    EXPECT_EQ(map(0, 3), kTop - 3 * kPage);
    EXPECT_EQ(map(0, 2, kRead), kTop - 5 * kPage);
    EXPECT_EQ(search().free_area_cache, kTop - 5 * kPage);
}

TEST_F(TopDown, a_free_hint_is_taken_a_used_one_is_not) {
    EXPECT_EQ(static_cast<ulong>(mmap(at(3) + 5, kPage, kRead, kPrivate | kAnonymous)), at(4));
    EXPECT_EQ(static_cast<ulong>(mmap(at(4), kPage, kRead, kPrivate | kAnonymous)), kTop - kPage);
}

TEST_F(TopDown, a_released_interval_raises_the_search_and_is_used_again) {
    map(0, 2, kRead);
    map(0, 2, kNone);
    munmap(kTop - 2 * kPage, 2 * kPage);
    EXPECT_EQ(search().free_area_cache, kTop);
    EXPECT_EQ(map(0, 2), kTop - 2 * kPage);
}

TEST_F(TopDown, what_does_not_fit_below_goes_between_mmap_base_and_stack) {
    map(kUnmappedBase / 2, (kTop - kUnmappedBase / 2) / kPage, kNone);
    munmap(0x08000000, kPage);
    EXPECT_EQ(map(0, 0x1000, kRead, kPrivate), 0x20000000 - 0x1000 * kPage);
    map(kPage, (0x20000000 - 0x1000 * kPage) / kPage - 1, kNone);
    EXPECT_EQ(map(0, 1, kRead), kTop);
    EXPECT_EQ(search().free_area_cache, kTop);
    EXPECT_EQ(search().cached_hole_size, kUnknown);
}

TEST_F(TopDown, a_request_larger_than_any_gap_has_no_room) {
    EXPECT_EQ(mmap(0, 0xB9000000, kNone, kPrivate | kAnonymous), kENOMEM);
    EXPECT_EQ(maps(), Lines{});
}

class BottomUp : public SpaceTest {
  protected:
    BottomUp() : SpaceTest({.stack = kUnlimited}) {}
};

TEST_F(BottomUp, an_unlimited_stack_makes_the_search_go_up_from_a_third) {
    EXPECT_FALSE(search().top_down);
    EXPECT_EQ(search().mmap_base, kUnmappedBase);
    EXPECT_EQ(map(0, 3), kUnmappedBase);
    EXPECT_EQ(map(0, 2, kRead), kUnmappedBase + 3 * kPage);
    EXPECT_EQ(search().free_area_cache, kUnmappedBase + 5 * kPage);
}

TEST_F(BottomUp, of_two_equal_maps_the_first_place_is_used_again) {
    const ulong first = map(0, 2, kRead);
    map(0, 2, kNone);
    munmap(first, 2 * kPage);
    EXPECT_EQ(search().free_area_cache, first);
    EXPECT_EQ(search().cached_hole_size, kUnknown);
    EXPECT_EQ(map(0, 2, kRead), first);
}

TEST_F(BottomUp, the_freed_place_is_known_even_if_the_program_is_all_that_is_below) {
    map(0x08048000, 4);
    const ulong first = map(0, 2, kRead);
    map(0, 2, kNone);
    munmap(first, 2 * kPage);
    EXPECT_EQ(map(0, 2, kRead), first);
}

TEST_F(BottomUp, a_request_that_fits_the_largest_hole_below_searches_from_the_start) {
    map(0, 4, kNone);
    map(0, 1, kRead);
    map(0, 4, kNone);
    munmap(kUnmappedBase, 3 * kPage);
    EXPECT_EQ(map(0, 8, kRead), kUnmappedBase + 9 * kPage);  // too large for the hole of three
    EXPECT_EQ(search().cached_hole_size, 3 * kPage);
    EXPECT_EQ(search().free_area_cache, kUnmappedBase + 17 * kPage);
    EXPECT_EQ(map(0, 2, kRead | kWrite), kUnmappedBase);
}

TEST_F(BottomUp, a_request_larger_than_the_known_holes_starts_at_the_cache) {
    map(0, 4, kNone);
    map(0, 1, kRead);
    munmap(kUnmappedBase, 2 * kPage);
    map(0, 5, kRead);
    const ulong cache = search().free_area_cache;
    EXPECT_EQ(map(0, 6, kNone), cache);
}

TEST_F(BottomUp, a_mapping_that_fails_after_the_search_leaves_the_hole_to_be_found) {
    map(0, 4, kNone);
    map(0, 4, kRead);
    munmap(kUnmappedBase, 4 * kPage);
    EXPECT_EQ(file_map(0, 4, kRead | kWrite, kShared, kReadOnlyFile, 0), kEACCES);
    EXPECT_EQ(map(0, 4, kRead), kUnmappedBase);
}

TEST_F(BottomUp, at_the_end_of_the_space_the_search_starts_over_once) {
    map(0, 2, kRead);
    const ulong high = map(0, (kTaskSize - kUnmappedBase) / kPage - 100, kNone);
    munmap(kUnmappedBase, 2 * kPage);
    map(0, 1, kRead);
    EXPECT_EQ(map(0, 90, kRead), high + (kTaskSize - kUnmappedBase) - 100 * kPage);
    EXPECT_EQ(mmap(0, 200 * kPage, kRead, kPrivate | kAnonymous), kENOMEM);
}

}  // namespace
}  // namespace guest
