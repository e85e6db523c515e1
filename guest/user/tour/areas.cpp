// SPDX-License-Identifier: GPL-2.0-or-later
// One area becomes two, three and one again: splitting and merging of vm_area_structs.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/edition.h"
#include "tour/tour.h"

namespace {
constexpr size_t kPages = 9, kThird = 3;

void require(int answer, const char* call) {
    if (answer == 0) return;
    perror(call);
    exit(1);
}

/// Says what was done and into how many areas the nine pages fall now; prints them and checks their number.
void show(const char* what, char* memory, int wanted) {
    const int areas_now = count_areas(memory, memory + kPages * kPage);
    did(what, "%d area%s", areas_now, areas_now == 1 ? "" : "s");
    show_maps(memory, memory + kPages * kPage);
    expect("areas in the nine pages", areas_now, wanted);
}

/// What was cut in three has become one, or stays as it is: edition 2.4.0 merges nothing.
void expect_whole(const char* what, char* memory) {
    const bool merges = !is_edition("2.4.0");
    show(what, memory, merges ? 1 : 3);
    expect("one area covers all", has_area(memory, memory + kPages * kPage, "rw-p"), merges);
}

void unmap_and_map_the_middle(char* memory) {
    char* middle = memory + kThird * kPage;
    unmap_pages(middle, kThird);
    show("unmap the middle 3", memory, 2);
    expect("the lower area ends at the hole", has_area(memory, middle, "rw-p"), 1);
    expect("the upper area begins behind it",
           has_area(middle + kThird * kPage, memory + kPages * kPage, "rw-p"), 1);
    checkpoint(4);
    void* again =
        mmap(middle, kThird * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    expect("the middle is mapped where asked", again == middle, 1);
    expect_whole("map them again", memory);
}

void protect_the_middle(char* memory) {
    char* middle = memory + kThird * kPage;
    require(mprotect(middle, kThird * kPage, PROT_READ), "tour: mprotect");
    show("make the middle 3 read-only", memory, 3);
    expect("the middle is read-only", has_area(middle, middle + kThird * kPage, "r--p"), 1);
    require(mprotect(middle, kThird * kPage, PROT_READ | PROT_WRITE), "tour: mprotect");
    expect_whole("and writable again", memory);
}
}  // namespace

void areas() {
    title("Areas: split, protect, merge");
    note("An area is a range of addresses with one set of rights. Changing a part splits it;");
    note("neighbours that have become equal merge.");
    char* guarded =
        map_pages(kPages + 2, PROT_NONE);  // a page without rights on each side keeps others from merging
    char* memory = guarded + kPage;
    require(mprotect(memory, kPages * kPage, PROT_READ | PROT_WRITE), "tour: mprotect");
    show("map 9 pages", memory, 1);
    unmap_and_map_the_middle(memory);
    protect_the_middle(memory);
    unmap_pages(guarded, kPages + 2);
}
