// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

namespace guest {
namespace {

using Munmap = SpaceTest;

TEST_F(Munmap, bad_ranges_are_invalid) {
    EXPECT_EQ(munmap(at(0) + 1, kPage), kEINVAL);
    EXPECT_EQ(munmap(at(0), 0), kEINVAL);
    EXPECT_EQ(munmap(kTaskSize + kPage, kPage), kEINVAL);
    EXPECT_EQ(munmap(kTaskSize - kPage, 2 * kPage), kEINVAL);
}

TEST_F(Munmap, nothing_mapped_there_is_no_error) {
    EXPECT_EQ(munmap(at(0), kPage), 0);
    EXPECT_EQ(unmapped(), Lines{});
}

TEST_F(Munmap, unmapping_the_middle_leaves_two_areas) {
    file_map(at(0), 6, kRead, kPrivate, kReadOnlyFile, 10);
    EXPECT_EQ(munmap(at(2), 2 * kPage), 0);
    EXPECT_EQ(maps(), (Lines{"50000000-50002000 r--p a file0", "50004000-50006000 r--p e file0"}));
    EXPECT_EQ(counters().map_count, 3u);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 2);
}

TEST_F(Munmap, unmapping_head_or_tail_moves_an_end) {
    map(at(0), 6);
    munmap(at(0), kPage);
    EXPECT_EQ(maps(), Lines{"50001000-50006000 rw-p 50001"});
    munmap(at(5), kPage);
    EXPECT_EQ(maps(), Lines{"50001000-50005000 rw-p 50001"});
}

TEST_F(Munmap, a_range_over_several_areas_and_holes_goes_at_once) {
    map(at(0), 2);
    map(at(4), 1, kRead);
    map(at(7), 3);
    EXPECT_EQ(munmap(at(1), 7 * kPage), 0);
    EXPECT_EQ(maps(), (Lines{"50000000-50001000 rw-p 50000", "50008000-5000a000 rw-p 50008"}));
    EXPECT_EQ(unmapped(), Lines{"50001000-50008000"});
}

TEST_F(Munmap, the_length_is_rounded_up_to_pages) {
    map(at(0), 2);
    munmap(at(0), 1);
    EXPECT_EQ(maps(), Lines{"50001000-50002000 rw-p 50001"});
}

TEST_F(Munmap, the_peak_of_total_vm_is_recorded_just_before_it_falls) {
    map(at(0), 9);
    EXPECT_EQ(counters().hiwater_vm, 0u);
    munmap(at(0), 4 * kPage);
    EXPECT_EQ(counters().hiwater_vm, 10u);
    EXPECT_EQ(counters().total_vm, 6u);
    map(at(0), 1);
    EXPECT_EQ(counters().hiwater_vm, 10u);
}

TEST_F(Munmap, a_hole_is_refused_when_there_are_too_many_areas) {
    map(at(0), 3);
    const auto real = static_cast<int>(counters().map_count);
    set_map_count(65536);
    EXPECT_EQ(munmap(at(1), kPage), kENOMEM);
    set_map_count(real);
    EXPECT_EQ(maps(), Lines{"50000000-50003000 rw-p 50000"});
}

TEST_F(Munmap, locked_pages_are_counted_out) {
    map(at(0), 4, kRead, kPrivate | kLocked);
    munmap(at(1), kPage);
    EXPECT_EQ(counters().locked_vm, 3u);
}

TEST_F(Munmap, the_driver_is_told_of_every_new_and_every_ending_area) {
    file_map(at(0), 3, kRead, kShared, kDevice, 0);
    munmap(at(1), kPage);  // cut twice, the middle closed
    EXPECT_EQ(file_state(kDevice).opened, 2);
    EXPECT_EQ(file_state(kDevice).closed, 1);
    munmap(at(0), 3 * kPage);
    EXPECT_EQ(file_state(kDevice).closed, 3);
    EXPECT_EQ(file_state(kDevice).references, 0);
}

TEST_F(Munmap, the_whole_space_may_be_unmapped) {
    map(at(0), 3);
    EXPECT_EQ(munmap(0, kTaskSize), 0);
    EXPECT_EQ(all_areas().size(), 0u);
    EXPECT_EQ(counters().total_vm, 0u);
    EXPECT_EQ(counters().stack_vm, 0u);
    EXPECT_EQ(counters().committed, 0u);
}

}  // namespace
}  // namespace guest
