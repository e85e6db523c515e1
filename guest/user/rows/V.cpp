// SPDX-License-Identifier: GPL-2.0-or-later
// Rows V: the list of areas, their tree, and the area that was found last.
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
char* const kArena = reinterpret_cast<char*>(0x50000000);  // far from everything the kernel places

/// Numbers that look random and are the same each time.
unsigned next_random() {
    static unsigned state = 12345;
    state = state * 1664525u + 1013904223u;
    return state >> 16;
}

char* slot(unsigned index) {
    return kArena + index * 2 * kPage;  // a page apart, so that areas do not merge
}

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

volatile char* fault_at;
void read_there() {
    (void)*fault_at;
}
/// Makes the kernel look an address up that leads nowhere.
void look_up(volatile char* address) {
    fault_at = address;
    CHECK_EQ(catch_signal(read_there).signal, SIGSEGV);
}

void insert_and_remove_at_random(int operations) {
    for (int i = 0; i < operations; i++) {
        const unsigned index = next_random() % 120;
        if (next_random() % 3 == 0) {
            unmap(slot(index), 1);
        } else {
            map_at(slot(index), 1, next_random() % 2 ? kReadWrite : PROT_READ);
        }
    }
}

}  // namespace

ROW(V01_areas_mapped_in_any_order_are_listed_ascending) {
    tell_self();
    constexpr unsigned kOrder[] = {7, 2, 9, 4, 0, 8, 1, 6, 3, 5};
    for (const unsigned index : kOrder)
        map_at(slot(index), 1, kReadWrite);
    map_at(reinterpret_cast<char*>(0x10000), 1, PROT_READ);  // below the program
    checkpoint(1);
}

ROW(V02_map_count_is_the_length_of_the_list) {
    tell_self();
    checkpoint(1);
    map_at(slot(0), 5, kReadWrite);
    checkpoint(2);  // one more
    unmap(slot(0) + 2 * kPage, 1);
    checkpoint(3);  // split: two
    CHECK_EQ(mprotect(slot(0), kPage, PROT_READ), 0);
    checkpoint(4);  // split: three
    unmap(slot(0), 5);
    checkpoint(5);  // as in the beginning
}

ROW(V06_the_tree_keeps_its_colours_through_random_inserts_and_removals) {
    tell_self();
    for (int id = 1; id <= 5; id++) {
        insert_and_remove_at_random(80);
        checkpoint(id);
    }
}

ROW(V03_the_tree_is_built_at_32_areas) {
    tell_self();
    tell("slots", slot(0));
    checkpoint(1);  // the host tells by map_count how many are missing; the program maps one at a time
    for (unsigned i = 0; i < 40; i++) {
        map_at(slot(i), 1, kReadWrite);
        checkpoint(static_cast<int>(2 + i));
    }
}

ROW(V04_the_tree_keeps_its_balance_through_random_inserts_and_removals) {
    tell_self();
    for (unsigned i = 0; i < 40; i++)
        map_at(slot(i), 1, kReadWrite);
    for (int id = 1; id <= 5; id++) {
        insert_and_remove_at_random(80);
        checkpoint(id);
    }
}

ROW(V05_the_tree_is_kept_when_few_areas_are_left) {
    tell_self();
    for (unsigned i = 0; i < 40; i++)
        map_at(slot(i), 1, kReadWrite);
    checkpoint(1);
    for (unsigned i = 0; i < 38; i++)
        unmap(slot(i), 1);
    checkpoint(2);
}

ROW(V07_the_second_look_into_an_area_is_a_hit) {
    tell_self();
    // The first round brings this code into memory: a page fault of its own would be a look-up.
    for (unsigned round = 0; round < 2; round++) {
        volatile char* area = map_at(slot(0), 3, kReadWrite);
        tell("area", area);
        checkpoint(round ? 1 : 4);
        area[0] = 1;
        checkpoint(round ? 2 : 5);
        area[kPage] = 1;
        checkpoint(round ? 3 : 6);
    }
}

ROW(V08_a_look_up_in_a_gap_finds_the_area_above) {
    tell_self();
    look_up(slot(3));  // signals have been delivered once: the next one faults nowhere else
    volatile char* low = map_at(slot(0), 1, kReadWrite);
    tell("above", map_at(slot(4), 1, kReadWrite));
    low[0] = 1;
    checkpoint(1);
    look_up(slot(2));
    checkpoint(2);
}

namespace {
/// Far enough below the top that the last page of the stack can be given back.
__attribute__((noinline)) void look_above_everything() {
    volatile char room[3 * kPage];
    touch(room, 3);
    tell_self();
    look_up(slot(3));
    volatile char* top = reinterpret_cast<char*>(0xC0000000 - kPage);
    volatile char* area = map_at(slot(0), 1, kReadWrite);
    tell("area", area);
    checkpoint(1);
    unmap(top, 1);
    area[0] = 1;
    checkpoint(2);
    look_up(top);
    checkpoint(3);
    leave(failed_checks ? 1 : 0);
}
}  // namespace

ROW(V09_a_look_up_above_all_areas_changes_nothing) {
    CHECK_EQ(fate_of([] { look_above_everything(); }), 0);
}

ROW(V10_munmap_forgets_the_cached_area) {
    tell_self();
    // The first round brings this code into memory: a page fault of its own would be a look-up.
    for (unsigned round = 0; round < 2; round++) {
        volatile char* area = map_at(slot(0), 1, kReadWrite);
        volatile char* other = map_at(slot(1), 1, kReadWrite);
        tell("area", area);
        checkpoint(round ? 1 : 4);
        area[0] = 1;
        checkpoint(round ? 2 : 5);
        unmap(other, 1);
        checkpoint(round ? 3 : 6);
        unmap(area, 1);
    }
}

ROW(V11_a_cached_area_absorbed_by_a_merge_gives_way_to_the_survivor) {
    tell_self();
    volatile char* low = map_at(kArena, 1, kReadWrite);
    volatile char* high = map_at(kArena + 2 * kPage, 1, kReadWrite);
    tell("low", low);
    tell("high", high);
    checkpoint(1);
    high[0] = 1;
    checkpoint(2);
    map_at(kArena + kPage, 1, kReadWrite);  // fills the gap: all three become one
    checkpoint(3);
}

namespace {
/// mprotect and munmap start from the area before an address, also where there is none above it.
__attribute__((noinline)) void work_above_everything() {
    volatile char room[3 * kPage];
    touch(room, 3);
    tell_self();
    char* top = reinterpret_cast<char*>(0xC0000000 - kPage);
    unmap(top, 1);
    tell("top", top);
    checkpoint(1);
    CHECK_FAILS(mprotect(top, kPage, PROT_READ), is_2_4() ? EFAULT : ENOMEM);
    unmap(top, 1);
    checkpoint(2);
    map_at(top, 1, PROT_READ);  // linked behind the highest area
    checkpoint(3);
    leave(failed_checks ? 1 : 0);
}
}  // namespace

ROW(V12_what_is_before_an_address_above_all_areas) {
    CHECK_EQ(fate_of([] { work_above_everything(); }), 0);
}

ROW(V13_an_area_begins_with_its_first_byte_and_ends_before_vm_end) {
    tell_self();
    volatile char* area = map_at(slot(0), 1, kReadWrite);
    tell("area", area);
    area[0] = 1;
    area[kPage - 1] = 1;
    look_up(area + kPage);
    look_up(area - 1);
    checkpoint(1);
}

ROW(V14_no_more_than_65536_areas) {
    tell_self();
    // The rights alternate, so that every page is an area of its own.
    size_t pages = 0;
    for (; pages < 70'000; pages++) {
        void* const at = kArena + pages * kPage;
        const int protection = pages % 2 ? PROT_READ : PROT_NONE;
        if (mmap(at, kPage, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) break;
    }
    CHECK_EQ(errno, ENOMEM);
    tell("made", pages);
    checkpoint(1);
    unmap(kArena, 1);  // 65536 are left: one more area is allowed, but no cut
    volatile char* wide = kArena + (pages + 16) * kPage;
    CHECK(mmap(const_cast<char*>(wide), 3 * kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
               0) != MAP_FAILED);
    unmap(kArena + kPage, 1);
    checkpoint(2);
    CHECK_FAILS(munmap(const_cast<char*>(wide) + kPage, kPage), ENOMEM);
    checkpoint(3);
}

ROW(V15_the_list_ends_with_null_and_follows_the_tree) {
    tell_self();
    insert_and_remove_at_random(60);
    checkpoint(1);
}

ROW(V16_an_area_that_begins_at_the_end_of_an_interval_does_not_touch_it) {
    tell_self();
    // brk asks for the areas in [old end, new end + one page).
    char* const heap = static_cast<char*>(sbrk(0));
    char* const end = heap + (kPage - reinterpret_cast<size_t>(heap) % kPage) % kPage;
    tell("end", end);
    map_at(end + 3 * kPage, 1, kReadWrite);
    CHECK_EQ(brk(end + 2 * kPage), 0);
    checkpoint(1);
    CHECK_FAILS(brk(end + 2 * kPage + 1), ENOMEM);
    checkpoint(2);
}
