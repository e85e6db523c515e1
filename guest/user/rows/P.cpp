// SPDX-License-Identifier: GPL-2.0-or-later
// Rows P: mprotect, mremap, mlock, madvise.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
constexpr int kSegvAccerr = 2;
char* const kArena = reinterpret_cast<char*>(0x20000000);  // nothing else is near

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}
char* arena(size_t page) {
    return kArena + page * kPage;
}
char* map_arena(size_t page, size_t pages, int protection = kReadWrite) {
    return const_cast<char*>(map_at(arena(page), pages, protection));
}
/// Private anonymous pages, each written to.
char* touched_arena(size_t pages) {
    char* at = map_arena(0, pages);
    touch(at, pages);
    return at;
}
long remap(void* from, size_t old_size, size_t new_size, int flags, void* to = nullptr) {
    return reinterpret_cast<long>(mremap(from, old_size, new_size, flags, to));
}

volatile char* forbidden;
void write_there() {
    *forbidden = 1;
}

}  // namespace

ROW(P01_mprotect_cuts_the_middle_out) {
    tell_self();
    touched_arena(3);
    checkpoint(1);
    CHECK_EQ(mprotect(arena(1), kPage, PROT_READ), 0);
    checkpoint(2);
    forbidden = arena(1) + 5;
    const Caught caught = catch_signal(write_there);
    CHECK_EQ(caught.signal, SIGSEGV);
    CHECK_EQ(caught.code, kSegvAccerr);
    CHECK_EQ(caught.address, reinterpret_cast<unsigned long>(arena(1) + 5));
    arena(0)[0] = arena(2)[0] = 9;
}

ROW(P02_equal_rights_make_one_area_again) {
    tell_self();
    touched_arena(3);
    CHECK_EQ(mprotect(arena(1), kPage, PROT_READ), 0);
    checkpoint(1);
    CHECK_EQ(mprotect(arena(1), kPage, kReadWrite), 0);
    checkpoint(2);
    CHECK_EQ(look(arena(0), 3), 6);
    touch(arena(0), 3);
}

ROW(P03_beyond_the_may_bits_is_eacces_after_earlier_areas) {
    tell_self();
    map_arena(0, 2, PROT_READ);
    const int fd = open("/share/pages.txt", O_RDONLY);
    map_at(arena(2), 1, PROT_READ, MAP_SHARED, fd);
    map_arena(3, 1, PROT_READ);
    checkpoint(1);
    CHECK_FAILS(mprotect(arena(0), 4 * kPage, kReadWrite), EACCES);
    checkpoint(2);
}

ROW(P04_over_a_gap_is_enomem) {
    tell_self();
    map_arena(0, 2);
    map_arena(3, 1);
    const int refused = is_2_4() ? EFAULT : ENOMEM;
    CHECK_FAILS(mprotect(arena(0), 4 * kPage, PROT_READ), refused);
    checkpoint(1);
    CHECK_FAILS(mprotect(arena(2), 2 * kPage, PROT_NONE), refused);
    checkpoint(2);
}

ROW(P05_prot_none_keeps_the_page) {
    tell_self();
    touched_arena(1);
    checkpoint(1);
    CHECK_EQ(mprotect(arena(0), kPage, PROT_NONE), 0);
    checkpoint(2);
    forbidden = arena(0);
    CHECK_EQ(catch_signal(write_there).signal, SIGSEGV);
    CHECK_EQ(mprotect(arena(0), kPage, PROT_READ), 0);
    CHECK_EQ(arena(0)[0], 1);
}

ROW(P06_a_shared_frame_stays_read_only_when_rights_return) {
    tell_self();
    touched_arena(1);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    CHECK_EQ(mprotect(arena(0), kPage, PROT_READ), 0);
    CHECK_EQ(mprotect(arena(0), kPage, kReadWrite), 0);
    checkpoint(1);
    arena(0)[0] = 50;
    checkpoint(2);
    finish(child);
}

ROW(P07_mremap_grows_in_place_or_moves) {
    tell_self();
    touched_arena(2);
    map_arena(4, 1, PROT_NONE);
    checkpoint(1);
    CHECK_EQ(remap(arena(0), 2 * kPage, 4 * kPage, 0), reinterpret_cast<long>(arena(0)));
    checkpoint(2);
    CHECK_FAILS(remap(arena(0), 4 * kPage, 6 * kPage, 0), ENOMEM);
    checkpoint(3);
    char* moved = reinterpret_cast<char*>(remap(arena(0), 4 * kPage, 6 * kPage, MREMAP_MAYMOVE));
    tell("moved", moved);
    checkpoint(4);
    CHECK_EQ(look(moved, 6), 3);
}

ROW(P08_mremap_refuses_what_makes_no_sense) {
    tell_self();
    touched_arena(4);
    map_arena(4, 1, PROT_READ);
    checkpoint(1);
    constexpr int kFixed = MREMAP_MAYMOVE | MREMAP_FIXED;
    CHECK_FAILS(remap(arena(0), kPage, 2 * kPage, 4), EINVAL);
    CHECK_FAILS(remap(arena(0) + 1, kPage, 2 * kPage, MREMAP_MAYMOVE), EINVAL);
    if (!is_2_4()) CHECK_FAILS(remap(arena(0), kPage, 0, MREMAP_MAYMOVE), EINVAL);  // there it unmaps
    CHECK_FAILS(remap(arena(0), kPage, kPage, MREMAP_FIXED, arena(20)), EINVAL);
    CHECK_FAILS(remap(arena(0), kPage, kPage, kFixed, arena(20) + 1), EINVAL);
    CHECK_FAILS(remap(arena(0), kPage, kPage, kFixed, reinterpret_cast<void*>(0xBFFFF000 + kPage)), EINVAL);
    CHECK_FAILS(remap(arena(0), 2 * kPage, 2 * kPage, kFixed, arena(1)), EINVAL);
    CHECK_FAILS(remap(arena(10), kPage, 2 * kPage, MREMAP_MAYMOVE), EFAULT);
    CHECK_FAILS(remap(arena(3), 2 * kPage, 3 * kPage, MREMAP_MAYMOVE), EFAULT);
    CHECK_FAILS(remap(arena(1), kPage, 3 * kPage, 0), ENOMEM);
    checkpoint(2);
}

ROW(P09_mlock_counts_and_fills) {
    tell_self();
    map_arena(0, 6);
    CHECK_EQ(mlock(arena(1), 4 * kPage), 0);
    checkpoint(1);
    CHECK_EQ(munlock(arena(1), 4 * kPage), 0);
    checkpoint(2);
}

ROW(P10_the_future_is_locked) {
    tell_self();
    map_arena(0, 2);
    CHECK_EQ(mlockall(MCL_FUTURE), 0);
    checkpoint(1);
    map_arena(10, 3);
    checkpoint(2);
    CHECK_EQ(munlockall(), 0);
    checkpoint(3);
}

ROW(P12_a_child_has_nothing_locked) {
    tell_self();
    map_arena(0, 3);
    CHECK_EQ(mlockall(MCL_FUTURE), 0);  // first: in 2.4 it unlocks what there is
    CHECK_EQ(mlock(arena(0), 3 * kPage), 0);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}

ROW(P13_msync_brings_shared_writes_to_the_disk) {
    tell_self();
    const int fd = open("/mnt/shared", O_RDWR | O_CREAT, 0644);
    CHECK_EQ(ftruncate(fd, 3 * kPage), 0);
    CHECK_EQ(fsync(fd), 0);
    map_at(arena(0), 3, kReadWrite, MAP_SHARED, fd);
    arena(0)[1] = 'A';
    arena(2)[1] = 'B';
    checkpoint(1);
    CHECK_EQ(msync(arena(0), 3 * kPage, MS_ASYNC), 0);
    checkpoint(2);
    CHECK_EQ(msync(arena(0), 3 * kPage, MS_SYNC), 0);
    checkpoint(3);
    arena(0)[1] = 'C';
    arena(2)[1] = 'D';
    unmap(arena(1), 1);
    CHECK_FAILS(msync(arena(0), 3 * kPage, MS_SYNC), is_2_4() ? EFAULT : ENOMEM);
    checkpoint(4);
    CHECK_EQ(mlock(arena(0), kPage), 0);
    if (is_2_4()) {
        CHECK_EQ(msync(arena(0), kPage, MS_INVALIDATE), 0);
        CHECK_EQ(msync(arena(0), kPage, MS_ASYNC | MS_SYNC), 0);
    } else {
        CHECK_FAILS(msync(arena(0), kPage, MS_INVALIDATE), EBUSY);
        CHECK_FAILS(msync(arena(0), kPage, MS_ASYNC | MS_SYNC), EINVAL);
    }
    CHECK_FAILS(msync(arena(0) + 1, kPage, MS_SYNC), EINVAL);
    CHECK_FAILS(msync(arena(0), 0 - kPage, MS_SYNC), is_2_4() ? EINVAL : ENOMEM);
}

ROW(P14_what_is_not_needed_goes) {
    tell_self();
    touched_arena(3);
    checkpoint(1);
    CHECK_EQ(madvise(arena(1), kPage, MADV_DONTNEED), 0);
    checkpoint(2);
    CHECK_EQ(look(arena(0), 3), 1 + 3);
    CHECK_EQ(mlock(arena(2), kPage), 0);
    CHECK_FAILS(madvise(arena(2), kPage, MADV_DONTNEED), EINVAL);
    CHECK_EQ(arena(2)[0], 3);
}

ROW(P15_areas_that_are_not_for_children) {
    tell_self();
    touched_arena(5);
    CHECK_EQ(madvise(arena(1), 3 * kPage, MADV_DONTFORK), 0);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}
