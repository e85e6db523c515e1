// SPDX-License-Identifier: GPL-2.0-or-later
// mlock, munlock, mlockall, munlockall: what is locked is present and counted, and limits hold.
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/mm_probe.h"

namespace {

using namespace probe;

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;

char* new_area(size_t pages, int protection = kReadWrite) {
    return const_cast<char*>(map(pages, protection));
}
long locked() {
    return status_pages("VmLck:");
}

/// How many of the pages are in memory.
long present(char* at, size_t pages) {
    unsigned char residence[16] = {};
    CHECK_EQ(mincore(at, pages * kPage, residence), 0);
    long count = 0;
    for (size_t i = 0; i < pages; i++)
        count += residence[i] & 1;
    return count;
}

void locked_pages_are_present_and_counted() {
    char* at = new_area(4);
    CHECK_EQ(present(at, 4), 0);
    CHECK_EQ(mlock(at, 4 * kPage), 0);
    CHECK_EQ(locked(), 4);
    CHECK_EQ(present(at, 4), 4);
    CHECK_EQ(mlock(at, 4 * kPage), 0);
    CHECK_EQ(locked(), 4);
    CHECK_EQ(munlock(at, 4 * kPage), 0);  // locking twice needs no second unlocking
    CHECK_EQ(locked(), 0);
    CHECK_EQ(present(at, 4), 4);
    CHECK_EQ(mlock(at, 4 * kPage), 0);
    unmap(at, 4);
    CHECK_EQ(locked(), 0);
}

void a_lock_covers_every_page_it_touches() {
    char* at = new_area(8);
    CHECK_EQ(mlock(at + 2 * kPage + 4095, 2), 0);
    CHECK_EQ(locked(), 2);
    CHECK_EQ(present(at, 8), 2);
    CHECK_EQ(mlock(at + 6 * kPage, 1), 0);
    CHECK_EQ(locked(), 3);
    CHECK_EQ(munlock(at + 3 * kPage, kPage), 0);
    CHECK_EQ(locked(), 2);
    CHECK_EQ(munlock(at, 8 * kPage), 0);
    CHECK_EQ(locked(), 0);
    CHECK_EQ(mlock(at, 0), 0);
    CHECK_EQ(locked(), 0);
    unmap(at, 8);
}

void at_a_hole_the_part_before_stays_locked() {
    char* at = new_area(6);
    unmap(at + 2 * kPage, 1);
    CHECK_FAILS(mlock(at, 6 * kPage), ENOMEM);
    CHECK_EQ(locked(), 2);
    CHECK_FAILS(munlock(at, 6 * kPage), ENOMEM);
    CHECK_EQ(locked(), 0);
    CHECK_FAILS(mlock(at + 2 * kPage, kPage), ENOMEM);
    unmap(at, 6);
}

void what_cannot_be_touched_cannot_be_filled() {
    char* at = new_area(2, PROT_NONE);
    CHECK_FAILS(mlock(at, 2 * kPage), ENOMEM);
    CHECK_EQ(locked(), 2);
    unmap(at, 2);
    CHECK_EQ(locked(), 0);
}

/// In 2.4 nobody else may lock at all, and there the limit binds root.
void the_limit_binds_who_is_not_root() {
    const rlimit limit = {4 * kPage, 4 * kPage};
    CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    if (!is_2_4()) CHECK_EQ(syscall(__NR_setuid32, 1000), 0);
    char* at = new_area(8);
    CHECK_FAILS(mlock(at, 5 * kPage), ENOMEM);
    CHECK_EQ(locked(), 0);
    CHECK_EQ(mlock(at, 4 * kPage), 0);
    CHECK_FAILS(mlock(at + 4 * kPage, 1), ENOMEM);
    CHECK_EQ(munlock(at, 3 * kPage), 0);
    CHECK_EQ(locked(), 1);
    if (is_2_4()) {
        CHECK_FAILS(mlockall(MCL_CURRENT), ENOMEM);
        CHECK_EQ(syscall(__NR_setuid32, 1000), 0);
        CHECK_FAILS(mlock(at, kPage), EPERM);
        return;
    }
    CHECK_FAILS(reinterpret_cast<long>(mmap(nullptr, 4 * kPage, PROT_READ, kAnonymous | MAP_LOCKED, -1, 0)),
                EAGAIN);
    CHECK_FAILS(mlockall(MCL_CURRENT), ENOMEM);
    CHECK_EQ(mlockall(MCL_FUTURE), 0);
    CHECK_FAILS(reinterpret_cast<long>(mmap(nullptr, 4 * kPage, PROT_READ, kAnonymous, -1, 0)), EAGAIN);
    CHECK(mmap(nullptr, 3 * kPage, PROT_READ, kAnonymous, -1, 0) != MAP_FAILED);
    CHECK_EQ(locked(), 4);
    void* const end = sbrk(0);
    CHECK_FAILS(brk(static_cast<char*>(end) + 2 * kPage), ENOMEM);
    CHECK(sbrk(0) == end);
}

void without_any_limit_to_lock_there_is_no_right() {
    const rlimit limit = {0, 0};
    CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    CHECK_EQ(syscall(__NR_setuid32, 1000), 0);
    char* at = new_area(1);
    CHECK_FAILS(mlock(at, kPage), EPERM);
    CHECK_FAILS(mlockall(MCL_FUTURE), EPERM);
    CHECK_EQ(munlock(at, kPage), 0);
    const auto map_locked = [] { return mmap(nullptr, kPage, PROT_READ, kAnonymous | MAP_LOCKED, -1, 0); };
    if (is_2_4()) {  // the flag is not known
        CHECK(map_locked() != MAP_FAILED);
        CHECK_EQ(locked(), 0);
        CHECK_FAILS(munlockall(), EPERM);
    } else {
        CHECK_FAILS(reinterpret_cast<long>(map_locked()), EPERM);
        CHECK_EQ(munlockall(), 0);
    }
}

void wrong_flags_are_refused() {
    CHECK_FAILS(mlockall(0), EINVAL);
    CHECK_FAILS(mlockall(8), EINVAL);
    CHECK_FAILS(mlockall(MCL_CURRENT | 16), EINVAL);
    CHECK_EQ(locked(), 0);
}

void the_future_is_locked_from_now_on() {
    char* before = new_area(2);
    CHECK_EQ(mlockall(MCL_FUTURE), 0);
    CHECK_EQ(locked(), 0);  // what exists stays as it is
    char* at = new_area(3);
    CHECK_EQ(locked(), 3);
    CHECK_EQ(present(at, 3), 3);
    CHECK_EQ(present(before, 2), 0);
    char* const heap = static_cast<char*>(sbrk(0));
    char* const page =
        reinterpret_cast<char*>((reinterpret_cast<unsigned long>(heap) + kPage - 1) & ~(kPage - 1));
    CHECK_EQ(brk(page + 2 * kPage), 0);
    CHECK_EQ(locked(), 5);
    CHECK_EQ(failures_in_child([] {  // a child inherits no lock and no future, but in 2.4.0 the future
                 CHECK_EQ(locked(), 0);
                 new_area(2);
                 CHECK_EQ(locked(), is_edition("2.4.0") ? 2 : 0);
             }),
             0);
    CHECK_EQ(munlockall(), 0);
    CHECK_EQ(locked(), 0);
    new_area(2);
    CHECK_EQ(locked(), 0);
}

void everything_that_exists_can_be_locked_at_once() {
    char* at = new_area(3);
    CHECK_EQ(mlockall(MCL_CURRENT), 0);
    CHECK(locked() > 3 && locked() <= status_pages("VmSize:"));
    CHECK_EQ(present(at, 3), 3);
    const long all = locked();
    new_area(2);
    CHECK_EQ(locked(), all);
    CHECK_EQ(mlockall(MCL_FUTURE), 0);  // it is not taken back by asking for the future only, but in 2.4
    CHECK_EQ(locked(), is_2_4() ? 0 : all);
    CHECK_EQ(munlockall(), 0);
    CHECK_EQ(locked(), 0);
}

}  // namespace

int main() {
    locked_pages_are_present_and_counted();
    a_lock_covers_every_page_it_touches();
    at_a_hole_the_part_before_stays_locked();
    what_cannot_be_touched_cannot_be_filled();
    wrong_flags_are_refused();
    CHECK_EQ(failures_in_child(the_limit_binds_who_is_not_root), 0);
    CHECK_EQ(failures_in_child(without_any_limit_to_lock_there_is_no_right), 0);
    CHECK_EQ(failures_in_child(the_future_is_locked_from_now_on), 0);
    CHECK_EQ(failures_in_child(everything_that_exists_can_be_locked_at_once), 0);
    return verdict("mm_locking");
}
