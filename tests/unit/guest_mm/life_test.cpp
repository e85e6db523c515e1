// SPDX-License-Identifier: GPL-2.0-or-later
// Descriptors: users, references, fork, exit, owner (MM_FACTS 4.1 - 4.6, 4.27, 4.28).
#include "fixture.h"

namespace guest {
namespace {

using Life = SpaceTest;

TEST_F(Life, a_new_descriptor_has_one_user_and_one_reference) {
    EXPECT_EQ(counters().mm_users, 1);
    EXPECT_EQ(counters().mm_count, 1);
    EXPECT_EQ(owner(), 0);
    EXPECT_EQ(live_descriptors(), 1u);
}

TEST_F(Life, a_thread_is_another_user_of_the_same_descriptor) {
    const int thread = fork(true);
    EXPECT_EQ(mm_of(thread), mm_of(0));
    EXPECT_EQ(counters().mm_users, 2);
    EXPECT_EQ(counters().mm_count, 1);
    exit_task(thread);
    EXPECT_EQ(counters().mm_users, 1);
    EXPECT_EQ(live_descriptors(), 1u);
}

TEST_F(Life, a_borrower_holds_the_structure_not_the_space) {
    map(at(0), 2);
    borrow();
    EXPECT_EQ(counters().mm_users, 1);
    EXPECT_EQ(counters().mm_count, 2);
    exit_task(0);
    EXPECT_EQ(live_descriptors(), 1u);  // still valid
    EXPECT_EQ(cache_statistics("vm_area_struct").active_objs, 0u);
    give_back();
    EXPECT_EQ(live_descriptors(), 0u);
    new_space({});
}

TEST_F(Life, fork_copies_every_area_and_counts_them_again) {
    map(at(0), 2);
    file_map(at(4), 3, kRead, kPrivate, kReadOnlyFile, 1);
    const Lines parent = maps();
    const Counters counted = counters();
    const int child = fork(false);
    ASSERT_GT(child, 0);
    EXPECT_NE(mm_of(child), mm_of(0));
    EXPECT_EQ(file_state(kReadOnlyFile).references, 2);
    EXPECT_EQ(counters().committed, counted.committed * 2);
    run(child);
    EXPECT_EQ(maps(), parent);
    EXPECT_EQ(counters().total_vm, counted.total_vm);
    EXPECT_EQ(counters().map_count, counted.map_count);
    EXPECT_EQ(counters().hiwater_vm, counted.total_vm);
    EXPECT_EQ(mmap_cache(), -1);
    EXPECT_EQ(owner(), child);
    validate();
    run(0);
    exit_task(child);
    EXPECT_EQ(counters().committed, counted.committed);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
}

TEST_F(Life, the_search_of_a_forked_space_starts_anew) {
    map(0, 4);
    const int child = fork(false);
    run(child);
    EXPECT_EQ(search().free_area_cache, search().mmap_base);
    EXPECT_EQ(search().cached_hole_size, ~0ul);
    run(0);
    exit_task(child);
}

TEST_F(Life, what_one_side_maps_the_other_does_not_see) {
    map(at(0), 4);
    const int child = fork(false);
    run(child);
    munmap(at(1), kPage);
    map(at(10), 1);
    EXPECT_EQ(maps().size(), 3u);
    run(0);
    EXPECT_EQ(maps(), Lines{"50000000-50004000 rw-p 50000"});
    exit_task(child);
}

TEST_F(Life, locks_are_not_inherited) {
    map(at(0), 4, kRead, kPrivate | kLocked);
    const int child = fork(false);
    run(child);
    EXPECT_EQ(counters().locked_vm, 0u);
    EXPECT_EQ(all_areas()[0].flags & kVmLocked, 0u);
    run(0);
    EXPECT_EQ(counters().locked_vm, 4u);
    exit_task(child);
}

TEST_F(Life, an_area_marked_dontcopy_stays_with_the_parent) {
    map(at(0), 4);
    map(at(10), 2, kRead);
    set_dontcopy(at(10));
    const int child = fork(false);
    run(child);
    EXPECT_EQ(maps(), Lines{"50000000-50004000 rw-p 50000"});
    EXPECT_EQ(counters().total_vm, 5u);
    run(0);
    EXPECT_EQ(counters().total_vm, 7u);
    exit_task(child);
}

TEST_F(Life, the_child_denies_writing_to_the_program_as_well) {
    set_exe_file(kReadOnlyFile);
    map_program(at(0), kPage, kRead, kPrivate | kFixed | kDenyWrite | kExecutable, kReadOnlyFile, 0);
    const int child = fork(false);
    EXPECT_EQ(file_state(kReadOnlyFile).writers, -2);
    exit_task(child);
    EXPECT_EQ(file_state(kReadOnlyFile).writers, -1);
}

TEST_F(Life, the_last_user_gives_the_programs_file_up) {
    set_exe_file(kReadOnlyFile);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
    const int child = fork(false);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 2);
    exit_task(child);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
    exit_task(0);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 0);
    new_space({});
}

TEST_F(Life, a_fork_without_memory_leaves_nothing_behind) {
    map(at(0), 2);
    file_map(at(4), 3, kRead, kPrivate, kReadOnlyFile, 1);
    const Counters counted = counters();
    starve();
    EXPECT_EQ(fork(false), kENOMEM);
    feed();
    EXPECT_EQ(live_descriptors(), 1u);
    EXPECT_EQ(counters().committed, counted.committed);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
    EXPECT_EQ(locks_held(), 0);
}

TEST_F(Life, a_fork_that_runs_out_of_memory_half_way_is_undone) {
    map(at(0), 2);
    file_map(at(4), 3, kRead, kPrivate, kReadOnlyFile, 1);
    map(at(10), 2);
    const Counters counted = counters();
    set_page_cache(1000);
    for (int areas = 0; areas < 4; areas++) {
        starve(1, areas);
        EXPECT_EQ(fork(false), kENOMEM) << areas << " areas";
        feed();
        EXPECT_EQ(live_descriptors(), 1u);
        EXPECT_EQ(counters().committed, counted.committed);
        EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
        EXPECT_EQ(locks_held(), 0);
    }
    starve(1, 4);
    EXPECT_GT(fork(false), 0);
    feed();
    exit_task(1);
}

TEST_F(Life, a_fork_that_cannot_be_committed_is_undone) {
    map(at(0), kRam / kPage / 2 + 100);
    const ulong committed = counters().committed;
    starve(1, 4);  // there is room for the structures, but none for the pages
    EXPECT_EQ(fork(false), kENOMEM);
    feed();
    EXPECT_EQ(counters().committed, committed);
    EXPECT_EQ(live_descriptors(), 1u);
}

TEST_F(Life, when_the_owner_exits_another_user_becomes_the_owner) {
    const int thread = fork(true);
    exit_task(0);
    run(thread);
    EXPECT_EQ(owner(), thread);
    EXPECT_EQ(counters().mm_users, 1);
    exit_task(thread);
    new_space({});
}

TEST_F(Life, when_another_user_exits_the_owner_stays) {
    const int thread = fork(true);
    exit_task(thread);
    EXPECT_EQ(owner(), 0);
}

}  // namespace
}  // namespace guest
