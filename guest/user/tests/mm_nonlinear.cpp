// SPDX-License-Identifier: GPL-2.0-or-later
// remap_file_pages: one area whose pages are not in the order of their file.
#include "tests/mm_probe.h"

namespace {

using namespace probe;

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
constexpr int kShared = MAP_SHARED | MAP_ANONYMOUS;
constexpr int kNonblock = 0x10000;

char* new_object(size_t pages) {
    char* at = const_cast<char*>(map(pages, kReadWrite, kShared));
    touch(at, pages);
    return at;
}
int show(char* at, size_t pages, size_t first, int flags = 0) {
    return remap_file_pages(at, pages * kPage, 0, first, flags);
}
/// The first bytes of the pages as a number: 1 for the object's first page, and so on.
long order(const char* at, size_t pages) {
    long digits = 0;
    for (size_t i = 0; i < pages; i++)
        digits = digits * 10 + at[i * kPage];
    return digits;
}

/// Areas that begin in [at, at + pages).
long areas_in(const char* at, size_t pages) {
    load("/proc/self/maps");
    long count = 0;
    for (const char* line = text; *line; line = strchr(line, '\n') + 1) {
        const unsigned long start = strtoul(line, nullptr, 16), first = reinterpret_cast<unsigned long>(at);
        if (start >= first && start < first + pages * kPage) count++;
    }
    return count;
}

void pages_come_in_any_order() {
    char* at = new_object(6);
    CHECK_EQ(show(at, 3, 3), 0);
    CHECK_EQ(order(at, 6), 456456);
    CHECK_EQ(show(at + 3 * kPage, 1, 0), 0);
    CHECK_EQ(show(at + 5 * kPage, 1, 1, kNonblock), 0);
    CHECK_EQ(order(at, 6), 456152);
    if (on_this_kernel()) CHECK_EQ(areas_in(at, 6), 1);  // newer kernels cut it into areas
    at[2 * kPage] = 9;                                   // the sixth page, seen once
    CHECK_EQ(show(at + kPage, 1, 5), 0);
    CHECK_EQ(order(at, 6), 499152);
    CHECK_EQ(show(at, 6, 0), 0);
    CHECK_EQ(order(at, 6), 123459);
    unmap(at, 6);
}

void what_is_not_needed_comes_back_in_its_order() {
    char* at = new_object(4);
    CHECK_EQ(show(at, 2, 2), 0);
    CHECK_EQ(order(at, 4), 3434);
    CHECK_EQ(madvise(at, 4 * kPage, MADV_DONTNEED), 0);
    CHECK_EQ(order(at, 4), 3434);
    if (on_this_kernel()) {
        unsigned char r[4];
        CHECK_EQ(madvise(at, 4 * kPage, MADV_DONTNEED), 0);
        CHECK_EQ(mincore(at, 4 * kPage, r), 0);
        CHECK_EQ(r[0] + r[1] + r[2] + r[3], 4);  // the object still has them
    }
    unmap(at, 4);
}

/// Entries that say which page they show: 2.6.11 has the driver enter it, which counts as a read.
void such_entries_are_filled_by_faults() {
    if (!on_this_kernel()) return;
    char* at = new_object(4);
    CHECK_EQ(show(at, 2, 2), 0);
    CHECK_EQ(madvise(at, 2 * kPage, MADV_DONTNEED), 0);
    settle();
    const counts before = now();
    CHECK_EQ(order(at, 2), 34);
    const counts after = now();
    CHECK_EQ(after.major - before.major, since_2_6_28() ? 0 : 2);
    CHECK_EQ(after.files - before.files, 2);
    unmap(at, 4);
}

void pages_of_a_file_may_come_before_they_are_touched() {
    if (!on_this_kernel()) return;
    const int fd = open("/tmp/mmscope_nonlinear", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(ftruncate(fd, 4 * kPage), 0);
    settle();
    counts before = now();
    char* at = const_cast<char*>(map(4, kReadWrite, MAP_SHARED | MAP_POPULATE | kNonblock, fd));
    CHECK_EQ(now().files, before.files);  // none of them is in memory
    unmap(at, 4);
    at = const_cast<char*>(map(4, kReadWrite, MAP_SHARED | MAP_POPULATE, fd));
    CHECK_EQ(now().files - before.files, 4);
    CHECK_EQ(order(at, 4), 0);
    CHECK_EQ(now().files - before.files, 4);
    unmap(at, 4);
    before = now();
    at = const_cast<char*>(map(4, kReadWrite, MAP_SHARED | MAP_POPULATE | kNonblock, fd));
    CHECK_EQ(now().files - before.files, since_2_6_28() ? 0 : 4);  // they are, but nothing is done
    unmap(at, 4);
    close(fd);
    CHECK_EQ(unlink("/tmp/mmscope_nonlinear"), 0);
}

void children_see_the_same_order() {
    static char* at;
    at = new_object(4);
    CHECK_EQ(show(at, 2, 2), 0);
    CHECK_EQ(show(at + 2 * kPage, 1, 0, kNonblock), 0);
    CHECK_EQ(failures_in_child([] {
                 CHECK_EQ(order(at, 4), 3414);
                 at[0] = 8;
                 CHECK_EQ(show(at, 1, 3), 0);
                 CHECK_EQ(order(at, 4), 4414);
             }),
             0);
    CHECK_EQ(order(at, 4), 8414);
    unmap(at, 4);
}

void the_order_survives_cutting_moving_and_protecting() {
    char* at = new_object(6);
    CHECK_EQ(show(at, 3, 3), 0);
    CHECK_EQ(mprotect(at + kPage, kPage, PROT_READ), 0);
    CHECK_EQ(order(at, 6), 456456);
    CHECK_EQ(mprotect(at + kPage, kPage, kReadWrite), 0);
    unmap(at + kPage, 1);
    CHECK_EQ(order(at, 1) * 10000 + order(at + 2 * kPage, 4), 46456);
    if (on_this_kernel()) {
        char* moved = static_cast<char*>(mremap(at + 2 * kPage, 4 * kPage, 5 * kPage, MREMAP_MAYMOVE));
        CHECK(moved != MAP_FAILED);
        CHECK_EQ(order(moved, 4), 6456);
        unmap(moved, 5);
    }
    unmap(at, 6);
}

/// Pages of a file that may be written back keep their places: the range becomes an area.
void a_files_pages_come_in_any_order_too() {
    const int fd = open("/tmp/mmscope_nonlinear", O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0);
    char page[kPage] = {};
    for (page[0] = 1; page[0] <= 4; page[0]++)
        CHECK_EQ(write(fd, page, kPage), kPage);
    char* at = const_cast<char*>(map(4, kReadWrite, MAP_SHARED, fd));
    CHECK_EQ(show(at, 1, 2), 0);
    CHECK_EQ(order(at, 4), 3234);
    at[0] = 9;
    CHECK_EQ(order(at, 4), 9294);
    CHECK_EQ(areas_in(at, 4), 2);
    CHECK_EQ(mlock(at, 4 * kPage), 0);
    CHECK_EQ(show(at + kPage, 2, 0), 0);
    CHECK_EQ(order(at, 4), 9124);
    if (on_this_kernel()) CHECK_EQ(status_pages("VmLck:"), 4);
    unmap(at, 4);
    close(fd);
    CHECK_EQ(unlink("/tmp/mmscope_nonlinear"), 0);
}

/// Newer kernels forget it.
void a_files_area_keeps_its_advice() {
    if (!on_this_kernel() || !since_2_6_28()) return;  // MADV_DONTFORK is of 2.6.16
    static char* at;
    const int fd = open("/tmp/mmscope_nonlinear", O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, 4 * kPage), 0);
    at = const_cast<char*>(map(4, kReadWrite, MAP_SHARED, fd));
    CHECK_EQ(madvise(at, 2 * kPage, MADV_DONTFORK), 0);
    CHECK_EQ(show(at + kPage, 1, 3), 0);
    CHECK_EQ(show(at + 3 * kPage, 1, 0), 0);
    CHECK_EQ(failures_in_child([] {
                 unsigned char resident[1];
                 CHECK_FAILS(mincore(at, kPage, resident), ENOMEM);
                 CHECK_FAILS(mincore(at + kPage, kPage, resident), ENOMEM);
                 CHECK_EQ(mincore(at + 3 * kPage, kPage, resident), 0);
             }),
             0);
    unmap(at, 4);
    close(fd);
    CHECK_EQ(unlink("/tmp/mmscope_nonlinear"), 0);
}

void bad_calls_are_refused() {
    char* at = new_object(4);
    char* own = const_cast<char*>(map(2, kReadWrite));
    CHECK_FAILS(remap_file_pages(at, kPage, PROT_READ, 1, 0), EINVAL);
    CHECK_FAILS(remap_file_pages(at, 0, 0, 1, 0), EINVAL);
    CHECK_FAILS(remap_file_pages(at, kPage - 1, 0, 1, 0), EINVAL);
    CHECK_FAILS(show(own, 1, 1), EINVAL);
    if (on_this_kernel()) {
        CHECK_FAILS(show(at, 1, ~0ul), EINVAL);
        CHECK_FAILS(show(at + 3 * kPage, 2, 0), EINVAL);   // beyond the area
        CHECK_FAILS(show(at, 1, (1u << 29) - 1), EINVAL);  // more than an entry can say
    }
    CHECK_EQ(order(at, 4), 1234);
    unmap(at, 4);
    CHECK_FAILS(show(at, 1, 1), EINVAL);
    unmap(own, 2);
}

}  // namespace

int main() {
    if (is_2_4()) {  // pages come in the file's order
        CHECK_EQ(show(new_object(6), 3, 3), -1);
        CHECK_EQ(errno, ENOSYS);
        return verdict("mm_nonlinear");
    }
    pages_come_in_any_order();
    what_is_not_needed_comes_back_in_its_order();
    such_entries_are_filled_by_faults();
    pages_of_a_file_may_come_before_they_are_touched();
    children_see_the_same_order();
    the_order_survives_cutting_moving_and_protecting();
    a_files_pages_come_in_any_order_too();
    a_files_area_keeps_its_advice();
    bad_calls_are_refused();
    return verdict("mm_nonlinear");
}
