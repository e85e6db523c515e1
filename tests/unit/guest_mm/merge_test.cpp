// SPDX-License-Identifier: GPL-2.0-or-later
// When neighbours become one area, and when not (MM_FACTS 4.10). P, N: the neighbours; A: what changes.
#include "fixture.h"

namespace guest {
namespace {

using Merge = SpaceTest;

TEST_F(Merge, case_1_a_mapping_fills_the_hole_between_equals) {
    map(at(0), 2);
    map(at(4), 2);
    map(at(2), 2);
    EXPECT_EQ(maps(), Lines{"50000000-50006000 rw-p 50000"});
}

TEST_F(Merge, case_2_a_mapping_extends_the_area_before) {
    map(at(0), 2);
    map(at(2), 2);
    EXPECT_EQ(maps(), Lines{"50000000-50004000 rw-p 50000"});
}

TEST_F(Merge, case_2_works_up_to_a_different_neighbour) {
    map(at(0), 2);
    map(at(4), 2, kRead);
    map(at(2), 2);
    EXPECT_EQ(maps(), (Lines{"50000000-50004000 rw-p 50000", "50004000-50006000 r--p 50004"}));
}

TEST_F(Merge, case_3_a_mapping_extends_the_area_behind_downwards) {
    map(at(2), 2);
    map(at(0), 2);
    EXPECT_EQ(maps(), Lines{"50000000-50004000 rw-p 50000"});
}

TEST_F(Merge, case_4_the_tail_of_the_area_before_goes_to_the_area_behind) {
    map(at(0), 4, kReadWrite);
    map(at(4), 2, kReadWrite);
    mprotect(at(4), 2 * kPage, kRead);
    mprotect(at(2), 2 * kPage, kRead);
    EXPECT_EQ(maps(), (Lines{"50000000-50002000 rw-p 50000", "50002000-50006000 r--p 50002"}));
}

TEST_F(Merge, case_5_the_head_of_the_area_behind_goes_to_the_area_before) {
    map(at(0), 6, kReadWrite);
    mprotect(at(0), 2 * kPage, kRead);
    mprotect(at(2), 2 * kPage, kRead);
    EXPECT_EQ(maps(), (Lines{"50000000-50004000 r--p 50000", "50004000-50006000 rw-p 50004"}));
}

TEST_F(Merge, case_6_the_middle_and_the_area_behind_go_to_the_area_before) {
    map(at(0), 6, kReadWrite);
    mprotect(at(2), 2 * kPage, kRead);
    mprotect(at(2), 2 * kPage, kReadWrite);
    EXPECT_EQ(maps(), Lines{"50000000-50006000 rw-p 50000"});
}

TEST_F(Merge, case_7_the_whole_area_goes_to_the_area_before) {
    map(at(0), 4, kReadWrite);
    mprotect(at(2), 2 * kPage, kRead);
    map(at(4), 1, kNone);
    mprotect(at(2), 2 * kPage, kReadWrite);
    EXPECT_EQ(maps(), (Lines{"50000000-50004000 rw-p 50000", "50004000-50005000 ---p 50004"}));
}

TEST_F(Merge, case_8_the_whole_area_and_the_area_behind_become_one) {
    map(at(0), 2, kNone);
    map(at(2), 4, kReadWrite);
    mprotect(at(2), 2 * kPage, kRead);
    mprotect(at(2), 2 * kPage, kReadWrite);
    EXPECT_EQ(maps(), (Lines{"50000000-50002000 ---p 50000", "50002000-50006000 rw-p 50002"}));
    EXPECT_EQ(all_areas()[1].prot_bits, 0x25u);
}

TEST_F(Merge, every_merge_keeps_the_counters_right) {
    map(at(0), 2);
    map(at(4), 2);
    const ulong count = counters().map_count;
    map(at(2), 2);
    EXPECT_EQ(counters().map_count, count - 1);
    EXPECT_EQ(counters().total_vm, 7u);
    EXPECT_EQ(counters().committed, 7u);
    EXPECT_EQ(cache_statistics("vm_area_struct").active_objs, 2u);
}

TEST_F(Merge, different_rights_stay_apart) {
    map(at(0), 2, kReadWrite);
    map(at(2), 2, kRead);
    EXPECT_EQ(maps().size(), 2u);
}

TEST_F(Merge, file_areas_merge_if_the_offsets_continue) {
    file_map(at(0), 2, kRead, kPrivate, kReadOnlyFile, 10);
    file_map(at(2), 2, kRead, kPrivate, kReadOnlyFile, 12);
    EXPECT_EQ(maps(), Lines{"50000000-50004000 r--p a file0"});
    EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
    file_map(at(4), 2, kRead, kPrivate, kReadOnlyFile, 99);
    EXPECT_EQ(maps().size(), 2u);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 2);
}

TEST_F(Merge, a_file_page_that_fills_the_hole_joins_both_sides) {
    file_map(at(0), 1, kRead, kPrivate, kReadOnlyFile, 0);
    file_map(at(2), 1, kRead, kPrivate, kReadOnlyFile, 2);
    file_map(at(1), 1, kRead, kPrivate, kReadOnlyFile, 1);
    EXPECT_EQ(maps(), Lines{"50000000-50003000 r--p 0 file0"});
    EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
}

TEST_F(Merge, different_files_stay_apart) {
    file_map(at(0), 1, kRead, kPrivate, kReadOnlyFile, 0);
    file_map(at(1), 1, kRead, kPrivate, kReadWriteFile, 1);
    EXPECT_EQ(maps().size(), 2u);
}

TEST_F(Merge, areas_whose_driver_wants_to_hear_of_their_end_never_merge) {
    file_map(at(0), 1, kRead, kShared, kDevice, 0);
    file_map(at(1), 1, kRead, kShared, kDevice, 1);
    EXPECT_EQ(maps().size(), 2u);
}

TEST_F(Merge, special_areas_never_merge) {
    file_map(at(0), 1, kRead, kShared, kFrames, 0);
    file_map(at(1), 1, kRead, kShared, kFrames, 1);
    EXPECT_EQ(maps().size(), 2u);
}

TEST_F(Merge, executable_areas_of_the_program_are_counted_through_merges) {
    set_exe_file(kReadOnlyFile);
    const ulong flags = kPrivate | kFixed | kDenyWrite | kExecutable;
    map_program(at(0), kPage, kRead, flags, kReadOnlyFile, 0);
    map_program(at(2), kPage, kRead, flags, kReadOnlyFile, 2);
    EXPECT_EQ(counters().exe_vmas, 2u);
    map_program(at(1), kPage, kRead, flags, kReadOnlyFile, 1);
    EXPECT_EQ(counters().exe_vmas, 1u);
    EXPECT_EQ(file_state(kReadOnlyFile).writers, -1);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 2);  // the area and the descriptor
    munmap(at(1), kPage);
    EXPECT_EQ(counters().exe_vmas, 2u);
    munmap(at(0), 3 * kPage);
    EXPECT_EQ(counters().exe_vmas, 0u);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 0);  // with the last area the program's file is given up
}

}  // namespace
}  // namespace guest
