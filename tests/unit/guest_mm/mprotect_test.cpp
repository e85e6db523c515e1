// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

namespace guest {
namespace {

using Mprotect = SpaceTest;

TEST_F(Mprotect, the_middle_becomes_an_area_of_its_own_and_merges_back) {
    map(at(0), 6, kReadWrite);
    EXPECT_EQ(mprotect(at(2), 2 * kPage, kRead), 0);
    EXPECT_EQ(maps(), (Lines{"50000000-50002000 rw-p 50000", "50002000-50004000 r--p 50002",
                             "50004000-50006000 rw-p 50004"}));
    EXPECT_EQ(all_areas()[1].prot_bits, 0x25u);
    Range range;
    EXPECT_EQ(protected_ranges(&range, 1), 1);
    EXPECT_EQ(range.start, at(2));
    EXPECT_EQ(range.end, at(4));
    EXPECT_EQ(mprotect(at(2), 2 * kPage, kReadWrite), 0);
    EXPECT_EQ(maps(), Lines{"50000000-50006000 rw-p 50000"});
}

TEST_F(Mprotect, bad_arguments_are_told_apart) {
    map(at(0), 2);
    EXPECT_EQ(mprotect(at(0) + 1, kPage, kRead), kEINVAL);
    EXPECT_EQ(mprotect(at(0), kPage, 0x10), kEINVAL);
    EXPECT_EQ(mprotect(at(0), kPage, kRead | kGrowsDown | kGrowsUp), kEINVAL);
    EXPECT_EQ(mprotect(at(0), ~0ul - kPage, kRead), kENOMEM);
    EXPECT_EQ(mprotect(at(0), 0, kRead), 0);
}

TEST_F(Mprotect, the_same_rights_again_change_nothing) {
    map(at(0), 2);
    EXPECT_EQ(mprotect(at(0), kPage, kReadWrite), 0);
    Range range;
    EXPECT_EQ(protected_ranges(&range, 1), 0);
    EXPECT_EQ(maps().size(), 1u);
}

TEST_F(Mprotect, a_gap_is_an_error_and_what_is_before_it_stays_changed) {
    map(at(0), 2);
    map(at(3), 2);
    EXPECT_EQ(mprotect(at(1), 3 * kPage, kRead), kENOMEM);
    EXPECT_EQ(maps(), (Lines{"50000000-50001000 rw-p 50000", "50001000-50002000 r--p 50001",
                             "50003000-50005000 rw-p 50003"}));
    EXPECT_EQ(mprotect(at(2), kPage, kRead), kENOMEM);
}

TEST_F(Mprotect, rights_beyond_what_the_file_allows_are_refused_and_earlier_areas_stay_changed) {
    map(at(0), 1, kRead);
    file_map(at(1), 1, kRead, kShared, kReadOnlyFile, 0);
    EXPECT_EQ(mprotect(at(0), 2 * kPage, kReadWrite), kEACCES);
    EXPECT_EQ(maps(), (Lines{"50000000-50001000 rw-p 50000", "50001000-50002000 r--s 0 file0"}));
}

TEST_F(Mprotect, making_a_private_area_writable_commits_its_pages_once) {
    const ulong before = counters().committed;
    map(at(0), 4, kRead);
    EXPECT_EQ(counters().committed, before);
    mprotect(at(0), 4 * kPage, kReadWrite);
    EXPECT_EQ(counters().committed, before + 4);
    mprotect(at(0), 4 * kPage, kRead);
    EXPECT_EQ(counters().committed, before + 4);
    mprotect(at(0), 4 * kPage, kReadWrite);
    EXPECT_EQ(counters().committed, before + 4);
    munmap(at(0), 4 * kPage);
    EXPECT_EQ(counters().committed, before);
}

TEST_F(Mprotect, more_than_memory_cannot_become_writable) {
    const ulong pages = 4 * kRam / kPage;
    map(at(0), pages, kRead);
    EXPECT_EQ(mprotect(at(0), pages * kPage, kReadWrite), kENOMEM);
    EXPECT_EQ(all_areas()[0].flags & kWrite, 0u);
}

TEST_F(Mprotect, what_was_committed_for_a_change_that_fails_is_given_back) {
    map(at(0), 4, kRead);
    const ulong before = counters().committed;
    set_page_cache(1000);
    starve();
    EXPECT_EQ(mprotect(at(1), kPage, kReadWrite), kENOMEM);
    feed();
    EXPECT_EQ(counters().committed, before);
}

TEST_F(Mprotect, grows_down_reaches_to_the_start_of_a_stack) {
    map(at(0), 4, kReadWrite, kPrivate | kStackLike);
    EXPECT_EQ(mprotect(at(2), kPage, kRead | kGrowsDown), 0);
    EXPECT_EQ(maps(), (Lines{"50000000-50003000 r--p 50000", "50003000-50004000 rw-p 50003"}));
    map(at(10), 1);
    EXPECT_EQ(mprotect(at(10), kPage, kRead | kGrowsDown), kEINVAL);
    EXPECT_EQ(mprotect(at(10), kPage, kRead | kGrowsUp), kEINVAL);
}

TEST_F(Mprotect, code_pages_move_between_the_counters) {
    file_map(at(0), 4, kRead | kExec, kPrivate, kReadOnlyFile, 0);
    EXPECT_EQ(counters().exec_vm, 4u);
    mprotect(at(1), kPage, kReadWrite);
    EXPECT_EQ(counters().exec_vm, 3u);
    EXPECT_EQ(counters().shared_vm, 4u);
    mprotect(at(1), kPage, kRead | kExec);
    EXPECT_EQ(counters().exec_vm, 4u);
}

TEST_F(Mprotect, a_range_over_several_areas_changes_all_of_them) {
    map(at(0), 2, kRead);
    file_map(at(2), 2, kRead, kPrivate, kReadOnlyFile, 0);
    map(at(4), 2, kRead);
    EXPECT_EQ(mprotect(at(1), 4 * kPage, kNone), 0);
    EXPECT_EQ(maps(), (Lines{"50000000-50001000 r--p 50000", "50001000-50002000 ---p 50001",
                             "50002000-50004000 ---p 0 file0", "50004000-50005000 ---p 50004",
                             "50005000-50006000 r--p 50005"}));
}

}  // namespace
}  // namespace guest
