// SPDX-License-Identifier: GPL-2.0-or-later
// The stack grows when it is touched below its end, and does not shrink again.
#include "tour/tour.h"

namespace {
constexpr int kLevels = 64;  // of a page each
unsigned long deepest;       // address of the lowest byte that was touched

/// Each level touches the lowest byte of a frame of one page.
__attribute__((noinline)) int recurse(int level) {
    volatile char frame[kPage];
    frame[0] = static_cast<char>(level);
    if (level == kLevels) {
        deepest = reinterpret_cast<unsigned long>(&frame[0]);
        return 0;
    }
    return recurse(level + 1) + (frame[0] == level);
}

char* page_of(unsigned long address) {
    return reinterpret_cast<char*>(address & ~(kPage - 1));
}
}  // namespace

void stack_growth() {
    title("Stack growth");
    note("The stack's area begins small. A touch below it, not too far from the stack pointer, moves");
    note("its start down, up to the limit of the process (RLIMIT_STACK).");
    settle();
    char* start_before = area_start(lowest_stack_page());
    const Counters before = count();
    const int returned = recurse(1);
    Counters c = count() - before;
    char* start_after = area_start(page_of(deepest));
    const long touched = (lowest_stack_page() - page_of(deepest)) / static_cast<long>(kPage);
    const long grown = (start_before - start_after) / static_cast<long>(kPage);
    did("recurse 64 levels, a page each", "%ld minor faults, area grown %ld times, VmStk %+ld kB", c.minor,
        c.grown, c.stack);
    expect("levels that found their frame unharmed", returned, kLevels - 1);
    expect("minor faults", c.minor, touched);
    expect("growths, a page each", c.grown, grown);
    expect("growth of VmStk (KiB)", c.stack, grown * static_cast<long>(kPageKib));
    expect("the area starts at the deepest page", start_after == page_of(deepest), 1);
    const Counters second = count();
    recurse(1);
    c = count() - second;
    did("recurse again", "%ld faults: the pages stayed", c.minor + c.major);
    expect("faults", c.minor + c.major, 0);
    show_maps(page_of(deepest), page_of(deepest) + kPage);
    checkpoint(3);
}
