// SPDX-License-Identifier: GPL-2.0-or-later
// Rows U: the search for a free interval.
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
char* const kMmapBase = reinterpret_cast<char*>(0xB8000000);      // below 8 MiB of stack and a gap
char* const kUnmappedBase = reinterpret_cast<char*>(0x40000000);  // where bottom-up begins

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

/// Starts the program anew with no limit on the stack: then mappings are placed bottom-up.
void go_bottom_up() {
    if (argument_count != 0) return;
    rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    CHECK_EQ(setrlimit(RLIMIT_STACK, &unlimited), 0);
    exec_row("bottom-up");
}

/// Areas of different rights do not merge.
volatile char* readable(size_t pages) {
    return map(pages, PROT_READ);
}
volatile char* writable(size_t pages) {
    return map(pages, kReadWrite);
}

/// A mapping that takes addresses and nothing else, exactly here.
void reserve(char* from, char* to) {
    void* const at = mmap(from, static_cast<size_t>(to - from), PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    CHECK(at == from);
}

}  // namespace

ROW(U03_search_and_release_are_a_pair) {
    tell_self();
    checkpoint(argument_count == 0 ? 1 : 2);
    go_bottom_up();
}

ROW(U04_the_first_mapping_ends_at_mmap_base_and_the_next_below) {
    tell_self();
    checkpoint(1);
    CHECK(readable(3) == kMmapBase - 3 * kPage);
    CHECK(writable(2) == kMmapBase - 5 * kPage);
    checkpoint(2);
}

ROW(U06_a_freed_place_is_found_again) {
    go_bottom_up();
    tell_self();
    volatile char* keep = readable(1);
    CHECK(keep == kUnmappedBase);
    volatile char* first = writable(2);
    readable(2);
    checkpoint(1);
    unmap(first, 2);
    tell("first", first);
    checkpoint(2);
    CHECK(writable(2) == first);
}

namespace {
/// Leaves a hole of three pages below free_area_cache that the search knows of; the page before the hole.
volatile char* make_known_hole() {
    volatile char* low = readable(1);
    volatile char* hole = writable(3);
    volatile char* high = readable(1);
    CHECK(low == kUnmappedBase && hole == low + kPage && high == hole + 3 * kPage);
    unmap(hole, 3);
    writable(4);  // does not fit into the hole: the search passes it and measures it
    return low;
}
}  // namespace

ROW(U07_a_hole_that_is_known_to_fit_is_used) {
    go_bottom_up();
    tell_self();
    volatile char* low = make_known_hole();
    tell("low", low);
    checkpoint(1);
    CHECK(writable(2) == low + kPage);
    checkpoint(2);
}

ROW(U08_a_request_above_the_known_holes_starts_at_the_cache) {
    go_bottom_up();
    tell_self();
    volatile char* low = make_known_hole();
    tell("low", low);
    checkpoint(1);
    tell("placed", readable(5));
    checkpoint(2);
}

ROW(U09_release_of_several_areas_tells_the_edge_once) {
    tell_self();
    volatile char* top = readable(1);
    volatile char* middle = writable(1);
    volatile char* low = readable(2);
    tell("top", top);
    tell("low", low);
    CHECK(low == kMmapBase - 4 * kPage && middle == low + 2 * kPage);
    checkpoint(1);
    unmap(low, 3);  // two areas
    checkpoint(2);
}

ROW(U10_when_nothing_is_free_below_the_search_turns_upwards) {
    tell_self();
    char* const heap = static_cast<char*>(sbrk(0));
    char* const above_heap =
        heap + (kPage - reinterpret_cast<size_t>(heap) % kPage) % kPage + 16 * kPage;  // room for the heap
    reserve(reinterpret_cast<char*>(0x10000), reinterpret_cast<char*>(0x8048000));
    reserve(above_heap, kMmapBase);
    checkpoint(1);
    void* const at = mmap(nullptr, 64u << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(at == kMmapBase);
    checkpoint(2);
}

ROW(U11_a_child_searches_from_the_top) {
    tell_self();
    readable(5);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}

ROW(U12_exec_sets_the_size_of_the_space) {
    tell_self();
    if (argument_count == 0) exec_row("again");
    checkpoint(1);
}

ROW(U13_a_request_larger_than_any_gap_changes_nothing) {
    tell_self();
    readable(1);
    checkpoint(1);
    const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    CHECK_FAILS(reinterpret_cast<long>(mmap(nullptr, 0xB9000000, PROT_NONE, kind, -1, 0)), ENOMEM);
    const int beyond_all = since_2_6_28() ? ENOMEM : EINVAL;  // it was one more wrong argument
    CHECK_FAILS(reinterpret_cast<long>(mmap(nullptr, 0xC0001000, PROT_NONE, kind, -1, 0)), beyond_all);
    checkpoint(2);
}
