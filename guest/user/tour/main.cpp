// SPDX-License-Identifier: GPL-2.0-or-later
// The tour: its stops in order, and the verdict.
#include <stdio.h>

#include "tour/tour.h"

namespace {
constexpr void (*kStops[])() = {
    demand_zero, file_mapping, fork_and_copy_on_write, stack_growth, heap,
    areas,       threads,      caught_fault,           fatal_fault,
};
constexpr int kStopCount = sizeof(kStops) / sizeof(kStops[0]);
}  // namespace

int main() {
    settle();
    printf("\nA tour of memory management\n");
    printf("What the program did is on the left, what the kernel counted on the right.\n");
    for (const auto stop : kStops)
        stop();
    if (failures() > 0) {
        printf("\ntour: FAILED: %d of the kernel's answers were not as expected\n", failures());
        return 1;
    }
    printf("\ntour: all %d stops as expected\n", kStopCount);
    return 0;
}
