// SPDX-License-Identifier: GPL-2.0-or-later
// mremap: growing, shrinking and moving, with contents, counters, locks and limits.
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/mm_probe.h"

namespace {

using namespace probe;

constexpr unsigned long kBase = 0x20000000;
constexpr int kReadWrite = PROT_READ | PROT_WRITE;
constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
const char* program;  // this file

char* at(unsigned long page) {
    return reinterpret_cast<char*>(kBase + page * kPage);
}
char* map_at(unsigned long page, unsigned long pages, int protection = kReadWrite, int flags = kAnonymous) {
    void* got = mmap(at(page), pages * kPage, protection, flags | MAP_FIXED, -1, 0);
    CHECK(got == at(page));
    return at(page);
}
char* remap(void* from, unsigned long old_pages, unsigned long new_pages, int flags, void* to = nullptr) {
    return static_cast<char*>(mremap(from, old_pages * kPage, new_pages * kPage, flags, to));
}
/// For calls that fail.
long try_remap(void* from, unsigned long old_size, unsigned long new_size, int flags, void* to = nullptr) {
    return reinterpret_cast<long>(mremap(from, old_size, new_size, flags, to));
}
void clear(unsigned long pages = 64) {
    CHECK_EQ(munmap(at(0), pages * kPage), 0);
}

/// The areas that begin in [kBase, kBase + 1 MiB), as "page+pages" separated by blanks.
const char* areas() {
    static char list[256];
    size_t length = 0;
    list[0] = '\0';
    load("/proc/self/maps");
    for (const char* line = text; *line; line = strchr(line, '\n') + 1) {
        char* behind;
        const unsigned long start = strtoul(line, &behind, 16), end = strtoul(behind + 1, &behind, 16);
        if (start < kBase || start >= kBase + (1 << 20)) continue;
        length +=
            static_cast<size_t>(snprintf(list + length, sizeof(list) - length, "%s%lu+%lu", length ? " " : "",
                                         (start - kBase) / kPage, (end - start) / kPage));
    }
    return list;
}

void an_area_grows_where_there_is_room() {
    map_at(0, 3);
    touch(at(0), 3);
    const long size = status_pages("VmSize:");
    CHECK(remap(at(0), 3, 6, 0) == at(0));
    CHECK_TEXT(areas(), "0+6");
    CHECK_EQ(status_pages("VmSize:"), size + 3);
    CHECK_EQ(look(at(0), 6), 6);
    touch(at(0), 6);
    CHECK(remap(at(0), 6, 2, 0) == at(0));
    CHECK_TEXT(areas(), "0+2");
    CHECK_EQ(status_pages("VmSize:"), size - 1);
    CHECK(remap(at(0), 2, 4, 0) == at(0));
    CHECK_EQ(look(at(0), 4), 1 + 2);  // what comes back is new
    clear();
}

void without_room_it_moves_if_it_may() {
    map_at(0, 3);
    map_at(3, 1, PROT_NONE);
    touch(at(0), 3);
    CHECK_FAILS(try_remap(at(0), 3 * kPage, 5 * kPage, 0), ENOMEM);
    CHECK_TEXT(areas(), "0+3 3+1");
    CHECK_EQ(look(at(0), 3), 6);
    const long size = status_pages("VmSize:"), peak = status_pages("VmPeak:");
    char* moved = remap(at(0), 3, 5, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED && moved != at(0));
    CHECK_TEXT(areas(), "3+1");
    CHECK_EQ(status_pages("VmSize:"), size + 2);
    const long highest = size + (since_2_6_28() ? 2 : 5);  // before, old and new together counted
    if (!is_2_4()) CHECK_EQ(status_pages("VmPeak:"), highest > peak ? highest : peak);
    CHECK_EQ(look(moved, 5), 6);
    unmap(moved, 5);
    clear();
}

void a_part_of_an_area_moves_to_where_it_is_told() {
    map_at(0, 8);
    map_at(20, 8, PROT_READ);
    touch(at(0), 8);
    CHECK(remap(at(3), 2, 4, MREMAP_MAYMOVE | MREMAP_FIXED, at(22)) == at(22));
    CHECK_TEXT(areas(), "0+3 5+3 20+2 22+4 26+2");
    CHECK_EQ(look(at(0), 3), 6);
    CHECK_EQ(look(at(22), 4), 4 + 5);
    CHECK_EQ(look(at(5), 3), 6 + 7 + 8);
    CHECK(remap(at(22), 4, 1, MREMAP_MAYMOVE | MREMAP_FIXED, at(40)) == at(40));  // moves and shrinks
    CHECK_TEXT(areas(), "0+3 5+3 20+2 26+2 40+1");
    CHECK_EQ(at(40)[0], 4);
    CHECK(remap(at(40), 1, 1, MREMAP_MAYMOVE | MREMAP_FIXED, at(3)) == at(3));  // and home again
    CHECK_EQ(look(at(0), 4), 1 + 2 + 3 + 4);
    clear();
}

/// Untouched memory has no past: it joins its new neighbours.
void untouched_memory_joins_its_new_neighbours() {
    map_at(0, 4);
    map_at(10, 4);
    CHECK(remap(at(0), 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, at(14)) == at(14));
    CHECK_TEXT(areas(), "10+8");
    CHECK(remap(at(10), 8, 8, MREMAP_MAYMOVE | MREMAP_FIXED, at(2)) == at(2));
    CHECK_TEXT(areas(), "2+8");
    clear();
}

/// Pages that come home find untouched memory beside them: one area again, which has pages then.
void pages_that_come_home_join_untouched_memory() {
    map_at(10, 2);
    touch(at(10), 2);
    CHECK(remap(at(10), 2, 2, MREMAP_MAYMOVE | MREMAP_FIXED, at(40)) == at(40));
    map_at(8, 2);
    CHECK(remap(at(40), 2, 2, MREMAP_MAYMOVE | MREMAP_FIXED, at(10)) == at(10));
    if (on_this_kernel()) CHECK_TEXT(areas(), "8+4");
    CHECK_EQ(failures_in_child([] {
                 at(8)[0] = 5;
                 at(11)[0] = 6;
                 CHECK_EQ(look(at(8), 4), 5 + 1 + 6);
             }),
             0);
    CHECK_EQ(look(at(8), 4), 3);
    clear();
}

/// 1100 pages do not fit into one page table, and the two places lie differently in theirs.
void many_pages_move_across_page_tables() {
    constexpr unsigned long kPages = 1100;
    const unsigned long to = 3000;
    map_at(1000, kPages);
    for (unsigned long i = 0; i < kPages; i += 50)
        at(1000 + i)[i] = static_cast<char>(i / 50 + 1);
    CHECK(remap(at(1000), kPages, kPages, MREMAP_MAYMOVE | MREMAP_FIXED, at(to)) == at(to));
    int wrong = 0;
    for (unsigned long i = 0; i < kPages; i += 50)
        wrong += at(to + i)[i] != static_cast<char>(i / 50 + 1) || at(to + i + 1)[0] != 0;
    CHECK_EQ(wrong, 0);
    CHECK_EQ(munmap(at(to), kPages * kPage), 0);
}

void bad_calls_get_their_errors() {
    map_at(0, 4);
    map_at(4, 1, PROT_READ);
    touch(at(0), 4);
    constexpr int kFixed = MREMAP_MAYMOVE | MREMAP_FIXED;
    CHECK_FAILS(try_remap(at(0), kPage, 2 * kPage, 8), EINVAL);
    CHECK_FAILS(try_remap(at(0) + 1, kPage, 2 * kPage, MREMAP_MAYMOVE), EINVAL);
    if (!is_2_4()) CHECK_FAILS(try_remap(at(0), kPage, 0, MREMAP_MAYMOVE), EINVAL);
    CHECK_FAILS(try_remap(at(0), kPage, kPage, MREMAP_FIXED, at(20)), EINVAL);
    CHECK_FAILS(try_remap(at(0), kPage, kPage, kFixed, at(20) + 1), EINVAL);
    CHECK_FAILS(try_remap(at(0), 2 * kPage, 2 * kPage, kFixed, at(1)), EINVAL);
    CHECK_FAILS(try_remap(at(1), 2 * kPage, 2 * kPage, kFixed, at(0)), EINVAL);
    CHECK_FAILS(try_remap(at(0), kPage, kPage, kFixed, reinterpret_cast<void*>(0xFFFFF000)), EINVAL);
    CHECK_FAILS(try_remap(at(10), kPage, 2 * kPage, MREMAP_MAYMOVE), EFAULT);
    CHECK_FAILS(try_remap(at(3), 2 * kPage, 3 * kPage, MREMAP_MAYMOVE), EFAULT);
    CHECK_FAILS(try_remap(at(1), kPage, 3 * kPage, 0), ENOMEM);
    CHECK_TEXT(areas(), "0+4 4+1");
    CHECK_EQ(look(at(0), 4), 10);
    if (is_2_4()) {  // to nothing: it goes
        CHECK_EQ(try_remap(at(0), 4 * kPage, 0, 0), reinterpret_cast<long>(at(0)));
        CHECK_TEXT(areas(), "4+1");
    }
    clear();
}

void shared_memory_can_be_seen_twice() {
    map_at(0, 3, kReadWrite, MAP_SHARED | MAP_ANONYMOUS);
    touch(at(0), 3);
    char* twin = static_cast<char*>(mremap(at(1), 0, 2 * kPage, MREMAP_MAYMOVE));
    CHECK(twin != MAP_FAILED);
    CHECK_EQ(look(twin, 2), 2 + 3);
    twin[kPage] = 77;
    CHECK_EQ(at(2)[0], 77);
    unmap(twin, 2);
    CHECK_EQ(look(at(0), 2), 3);
    clear();
}

void file_pages_move_with_their_offset() {
    const int fd = open(program, O_RDONLY);
    volatile char* file = map(3, kReadWrite, MAP_PRIVATE, fd);
    close(fd);
    const char second = file[kPage], third = file[2 * kPage];
    file[kPage] = static_cast<char>(second + 1);
    char* moved = remap(const_cast<char*>(file) + kPage, 2, 2, MREMAP_MAYMOVE | MREMAP_FIXED, at(5));
    CHECK(moved == at(5));
    CHECK_EQ(moved[0], static_cast<char>(second + 1));
    CHECK_EQ(moved[kPage], third);
    CHECK_EQ(madvise(moved, 2 * kPage, MADV_DONTNEED), 0);
    CHECK_EQ(moved[0], second);
    unmap(file, 1);
    clear();
}

void a_forked_childs_pages_move_without_the_parents() {
    map_at(0, 3);
    touch(at(0), 3);
    CHECK_EQ(failures_in_child([] {
                 CHECK(remap(at(0), 3, 3, MREMAP_MAYMOVE | MREMAP_FIXED, at(10)) == at(10));
                 at(11)[0] = 50;
                 CHECK_EQ(look(at(10), 3), 1 + 50 + 3);
             }),
             0);
    CHECK_EQ(look(at(0), 3), 6);
    at(0)[0] = 9;
    CHECK_EQ(look(at(0), 3), 9 + 2 + 3);
    clear();
}

void locks_move_and_grow_with_the_area() {
    map_at(0, 2);
    CHECK_EQ(mlock(at(0), 2 * kPage), 0);
    CHECK(remap(at(0), 2, 4, 0) == at(0));
    CHECK_EQ(status_pages("VmLck:"), 4);
    CHECK(remap(at(0), 4, 6, MREMAP_MAYMOVE | MREMAP_FIXED, at(20)) == at(20));
    CHECK_EQ(status_pages("VmLck:"), 6);
    unsigned char r[6];
    CHECK_EQ(mincore(at(20), 6 * kPage, r), 0);
    CHECK_EQ((r[0] & r[1] & r[2] & r[3] & r[4] & r[5]) & 1, 1);
    clear();
    CHECK_EQ(status_pages("VmLck:"), 0);
}

void limits_hold() {
    CHECK_EQ(failures_in_child([] {
                 map_at(0, 2);
                 CHECK_EQ(mlock(at(0), 2 * kPage), 0);
                 const rlimit limit = {3 * kPage, 3 * kPage};
                 CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
                 CHECK_EQ(syscall(__NR_setuid32, 1000), 0);
                 CHECK_FAILS(try_remap(at(0), 2 * kPage, 4 * kPage, 0), EAGAIN);
                 CHECK(remap(at(0), 2, 3, 0) == at(0));
                 CHECK_EQ(status_pages("VmLck:"), 3);
             }),
             0);
    CHECK_EQ(failures_in_child([] {
                 map_at(0, 2);
                 const unsigned long size = static_cast<unsigned long>(status_pages("VmSize:")) * kPage;
                 const rlimit limit = {size + 2 * kPage, size + 2 * kPage};
                 CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
                 CHECK_FAILS(try_remap(at(0), 2 * kPage, 5 * kPage, MREMAP_MAYMOVE), ENOMEM);
                 CHECK(remap(at(0), 2, 4, 0) == at(0));
             }),
             0);
}

long committed() {
    load("/proc/meminfo");
    return number("Committed_AS:") / 4;
}

void what_was_committed_moves_along() {
    if (!on_this_kernel() || is_2_4()) return;  // others are running there; 2.4 adds no promises up
    const long before = committed();
    map_at(0, 8);
    CHECK_EQ(committed(), before + 8);
    CHECK(remap(at(3), 2, 5, MREMAP_MAYMOVE | MREMAP_FIXED, at(20)) == at(20));
    CHECK_EQ(committed(), before + 11);
    CHECK(remap(at(0), 3, 3, MREMAP_MAYMOVE | MREMAP_FIXED, at(30)) == at(30));
    CHECK(remap(at(5), 2, 2, MREMAP_MAYMOVE | MREMAP_FIXED, at(40)) == at(40));
    CHECK_EQ(committed(), before + 11);
    munmap(at(7), kPage);
    CHECK_EQ(committed(), before + 10);
    munmap(at(20), 5 * kPage);
    CHECK_EQ(committed(), before + 5);
    clear();
    CHECK_EQ(committed(), before);
}

}  // namespace

int main(int, char** argv) {
    program = argv[0];
    an_area_grows_where_there_is_room();
    without_room_it_moves_if_it_may();
    a_part_of_an_area_moves_to_where_it_is_told();
    untouched_memory_joins_its_new_neighbours();
    pages_that_come_home_join_untouched_memory();
    many_pages_move_across_page_tables();
    bad_calls_get_their_errors();
    shared_memory_can_be_seen_twice();
    file_pages_move_with_their_offset();
    a_forked_childs_pages_move_without_the_parents();
    locks_move_and_grow_with_the_area();
    limits_hold();
    what_was_committed_moves_along();
    return verdict("mm_remap");
}
