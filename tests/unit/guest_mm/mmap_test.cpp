// SPDX-License-Identifier: GPL-2.0-or-later
// The order of checks and the results of mmap (MM_FACTS 4.9).
#include "fixture.h"

namespace guest {
namespace {

using Mmap = SpaceTest;

TEST_F(Mmap, a_private_anonymous_mapping_counts_its_pages_and_commits_them) {
    const Counters before = counters();
    map(at(0), 5);
    EXPECT_EQ(maps(), Lines{"50000000-50005000 rw-p 50000"});
    EXPECT_EQ(all_areas()[0].flags, 0x100073u);
    EXPECT_EQ(counters().total_vm, before.total_vm + 5);
    EXPECT_EQ(counters().committed, before.committed + 5);
    munmap(at(0), 5 * kPage);
    EXPECT_EQ(counters().total_vm, before.total_vm);
    EXPECT_EQ(counters().committed, before.committed);
}

TEST_F(Mmap, a_length_of_zero_is_invalid) {
    EXPECT_EQ(mmap(0, 0, kRead, kPrivate | kAnonymous), kEINVAL);
}

TEST_F(Mmap, a_length_beyond_the_user_space_has_no_room) {
    EXPECT_EQ(mmap(0, kTaskSize + 1, kRead, kPrivate | kAnonymous), kENOMEM);
    EXPECT_EQ(mmap(0, kTaskSize, kRead, kPrivate | kAnonymous), kENOMEM);  // the stack is in the way
}

TEST_F(Mmap, a_file_offset_that_wraps_is_an_overflow) {
    EXPECT_EQ(file_map(0, 2, kRead, kPrivate, kReadOnlyFile, ~0ul), kEOVERFLOW);
}

TEST_F(Mmap, a_fixed_address_must_be_aligned_and_below_the_kernel) {
    EXPECT_EQ(mmap(at(0) + 1, kPage, kRead, kPrivate | kAnonymous | kFixed), kEINVAL);
    EXPECT_EQ(mmap(kTaskSize, kPage, kRead, kPrivate | kAnonymous | kFixed), kENOMEM);
    EXPECT_EQ(mmap(kTaskSize - kPage, 2 * kPage, kRead, kPrivate | kAnonymous | kFixed), kENOMEM);
    EXPECT_EQ(mmap(~0ul, kPage, kRead, kPrivate | kAnonymous | kFixed), kENOMEM);
}

TEST_F(Mmap, a_bad_type_is_invalid) {
    EXPECT_EQ(mmap(0, kPage, kRead, kAnonymous), kEINVAL);
    EXPECT_EQ(mmap(0, kPage, kRead, 3 | kAnonymous), kEINVAL);
    EXPECT_EQ(file_map(0, 1, kRead, 0, kReadOnlyFile, 0), kEINVAL);
}

TEST_F(Mmap, a_descriptor_that_is_not_open_is_bad) {
    EXPECT_EQ(mmap(0, kPage, kRead, kPrivate, 77), kEBADF);
}

TEST_F(Mmap, the_file_must_be_readable_and_mappable) {
    EXPECT_EQ(file_map(0, 1, kRead, kPrivate, kWriteOnlyFile, 0), kEACCES);
    EXPECT_EQ(file_map(0, 1, kRead, kPrivate, kDirectory, 0), kENODEV);
}

TEST_F(Mmap, a_shared_writable_mapping_needs_a_file_that_is_open_for_writing) {
    EXPECT_EQ(file_map(0, 1, kRead | kWrite, kShared, kReadOnlyFile, 0), kEACCES);
    EXPECT_GT(file_map(at(0), 1, kRead | kWrite, kShared, kReadWriteFile, 0), 0);
    EXPECT_EQ(all_areas()[0].flags & (kVmShared | kVmMayShare | kVmMayWrite),
              kVmShared | kVmMayShare | kVmMayWrite);
}

TEST_F(Mmap, a_shared_mapping_of_a_read_only_file_is_private_for_the_kernel) {
    file_map(at(0), 1, kRead, kShared, kReadOnlyFile, 0);
    EXPECT_EQ(all_areas()[0].flags & (kVmShared | kVmMayShare | kVmMayWrite), +kVmMayShare);
    EXPECT_EQ(mprotect(at(0), kPage, kRead | kWrite), kEACCES);
}

TEST_F(Mmap, a_file_area_keeps_file_and_offset) {
    file_map(at(0), 2, kRead, kPrivate, kReadOnlyFile, 5);
    EXPECT_EQ(maps(), Lines{"50000000-50002000 r--p 5 file0"});
    EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
}

TEST_F(Mmap, shared_anonymous_memory_gets_a_file_and_offset_0) {
    map(at(0), 2, kRead | kWrite, kShared);
    EXPECT_EQ(maps(), Lines{"50000000-50002000 rw-s 0 shm"});
    EXPECT_EQ(all_areas()[0].flags & kVmAccount, 0u);
}

TEST_F(Mmap, page_protection_follows_the_flags) {
    map(at(0), 1, kNone);
    map(at(2), 1, kRead | kWrite);
    map(at(4), 1, kRead | kWrite, kShared);
    map(at(6), 1, kExec);
    const auto list = all_areas();
    EXPECT_EQ(list[0].prot_bits, 0xA0u);
    EXPECT_EQ(list[1].prot_bits, 0x25u);  // private: the first write must fault
    EXPECT_EQ(list[2].prot_bits, 0x27u);
    EXPECT_EQ(list[3].prot_bits, 0x25u);
}

TEST_F(Mmap, a_fixed_mapping_replaces_what_is_there) {
    map(at(0), 6, kRead | kWrite);
    map(at(2), 2, kRead);
    EXPECT_EQ(maps(), (Lines{"50000000-50002000 rw-p 50000", "50002000-50004000 r--p 50002",
                             "50004000-50006000 rw-p 50004"}));
    EXPECT_EQ(unmapped(), Lines{"50002000-50004000"});
    EXPECT_EQ(counters().total_vm, 7u);
}

TEST_F(Mmap, counters_by_kind_follow_file_code_stack_and_device) {
    const Counters before = counters();
    file_map(at(0), 3, kRead | kExec, kPrivate, kReadOnlyFile, 0);
    file_map(at(10), 2, kRead | kWrite, kPrivate, kReadOnlyFile, 0);
    map(at(20), 4, kRead | kWrite, kPrivate | kStackLike);
    file_map(at(30), 5, kRead | kWrite, kShared, kFrames, 0);
    EXPECT_EQ(counters().shared_vm, before.shared_vm + 10);
    EXPECT_EQ(counters().exec_vm, before.exec_vm + 3);
    EXPECT_EQ(counters().stack_vm, before.stack_vm + 4);
    EXPECT_EQ(counters().reserved_vm, before.reserved_vm + 5);
}

TEST_F(Mmap, a_file_cannot_back_an_area_that_grows) {
    EXPECT_EQ(file_map(at(0), 1, kRead, kPrivate | kStackLike, kReadOnlyFile, 0), kEINVAL);
}

TEST_F(Mmap, when_the_driver_refuses_nothing_is_left) {
    const Counters before = counters();
    EXPECT_EQ(file_map(at(0), 3, kRead | kWrite, kPrivate, kBrokenDevice, 0), kENXIO);
    EXPECT_EQ(maps(), Lines{});
    EXPECT_EQ(counters().committed, before.committed);
    EXPECT_EQ(counters().total_vm, before.total_vm);
    EXPECT_EQ(file_state(kBrokenDevice).references, 0);
}

TEST_F(Mmap, user_space_cannot_deny_writing_to_a_file) {
    file_map(at(0), 1, kRead, kPrivate | kDenyWrite | kExecutable, kReadOnlyFile, 0);
    EXPECT_EQ(file_state(kReadOnlyFile).writers, 0);
    EXPECT_EQ(counters().exe_vmas, 0u);
}

TEST_F(Mmap, a_program_that_runs_denies_writers_as_long_as_it_is_mapped) {
    map_program(at(0), 2 * kPage, kRead | kExec, kPrivate | kFixed | kDenyWrite | kExecutable, kReadOnlyFile,
                0);
    EXPECT_EQ(file_state(kReadOnlyFile).writers, -1);
    munmap(at(1), kPage);
    EXPECT_EQ(file_state(kReadOnlyFile).writers, -1);
    munmap(at(0), kPage);
    EXPECT_EQ(file_state(kReadOnlyFile).writers, 0);
}

TEST_F(Mmap, a_program_that_is_being_written_is_busy) {
    add_writer(kReadWriteFile);
    EXPECT_EQ(map_program(at(0), kPage, kRead, kPrivate | kDenyWrite, kReadWriteFile, 0), kEBUSY);
    EXPECT_EQ(file_state(kReadWriteFile).writers, 1);
    EXPECT_EQ(file_state(kReadWriteFile).references, 0);
}

TEST_F(Mmap, too_many_areas_are_refused) {
    map(at(0), 1);
    const auto real = static_cast<int>(counters().map_count);
    set_map_count(65536);
    EXPECT_GT(mmap(at(10), kPage, kRead, kPrivate | kAnonymous | kFixed), 0);
    EXPECT_EQ(mmap(at(20), kPage, kRead, kPrivate | kAnonymous | kFixed), kENOMEM);
    set_map_count(real + 1);
}

TEST_F(Mmap, the_address_space_limit_holds) {
    restart({.address_space = 4 * kPage});  // one is the stack
    EXPECT_EQ(mmap(0, 4 * kPage, kRead, kPrivate | kAnonymous), kENOMEM);
    EXPECT_EQ(counters().total_vm, 1u);
    EXPECT_GT(mmap(0, 3 * kPage, kRead, kPrivate | kAnonymous), 0);
}

TEST_F(Mmap, a_writable_mapping_larger_than_memory_is_refused_unless_nothing_is_reserved) {
    const ulong pages = 4 * kRam / kPage;
    const ulong committed = counters().committed;
    EXPECT_EQ(mmap(0, pages * kPage, kRead | kWrite, kPrivate | kAnonymous), kENOMEM);
    EXPECT_EQ(counters().committed, committed);
    EXPECT_GT(mmap(0, pages * kPage, kRead | kWrite, kPrivate | kAnonymous | kNoReserve), 0);
    EXPECT_GT(mmap(0, pages * kPage, kRead, kPrivate | kAnonymous), 0);  // read-only: takes no memory
    EXPECT_EQ(counters().committed, committed);
}

TEST_F(Mmap, locked_memory_needs_the_right_and_room_under_the_limit) {
    restart({.memlock = 0, .root = false});
    EXPECT_EQ(mmap(0, kPage, kRead, kPrivate | kAnonymous | kLocked), kEPERM);
    restart({.memlock = 2 * kPage, .root = false});
    EXPECT_EQ(mmap(0, 3 * kPage, kRead, kPrivate | kAnonymous | kLocked), kEAGAIN);
    EXPECT_GT(mmap(at(0), 2 * kPage, kRead, kPrivate | kAnonymous | kLocked), 0);
    EXPECT_EQ(counters().locked_vm, 2u);
    EXPECT_EQ(pages_made_present(), 2u);
    EXPECT_EQ(mmap(0, kPage, kRead, kPrivate | kAnonymous | kLocked), kEAGAIN);
}

TEST_F(Mmap, def_flags_are_in_every_new_area) {
    set_def_flags(kVmLocked);
    map(at(0), 2);
    EXPECT_EQ(all_areas()[0].flags & kVmLocked, +kVmLocked);
    EXPECT_EQ(counters().locked_vm, 2u);
}

TEST_F(Mmap, populate_touches_the_pages_at_once) {
    map(at(0), 7, kRead, kPrivate | kPopulate);
    EXPECT_EQ(pages_made_present(), 7u);
    map(at(10), 7, kRead);
    EXPECT_EQ(pages_made_present(), 0u);
}

TEST_F(Mmap, without_memory_nothing_changes) {
    map(at(0), 1);
    file_map(at(10), 4, kRead, kPrivate, kReadOnlyFile, 0);
    const Lines before = maps();
    const Counters counted = counters();
    starve();
    EXPECT_EQ(mmap(at(5), kPage, kRead, kPrivate | kAnonymous | kFixed), kENOMEM);
    EXPECT_EQ(file_map(at(20), 1, kRead, kPrivate, kReadOnlyFile, 0), kENOMEM);
    EXPECT_EQ(mmap(at(30), kPage, kRead, kShared | kAnonymous | kFixed), kENOMEM);
    EXPECT_EQ(munmap(at(11), kPage), kENOMEM);
    EXPECT_EQ(mprotect(at(11), kPage, kNone), kENOMEM);
    feed();
    EXPECT_EQ(maps(), before);
    EXPECT_EQ(counters().committed, counted.committed);
    EXPECT_EQ(counters().total_vm, counted.total_vm);
    EXPECT_EQ(file_state(kReadOnlyFile).references, 1);
}

}  // namespace
}  // namespace guest
