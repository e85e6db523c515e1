// SPDX-License-Identifier: GPL-2.0-or-later
// Looking up areas: from everywhere, which the tree must be good for, and from nearby, which the cache is
// for.
#include "bench/bench.h"

namespace bench {
namespace {

using probe::kPage;
constexpr size_t kAreaPages = 4;

struct counters {
    long calls, hits, steps;
};

counters read_counters() {
    probe::load("/proc/vmstat");
    return {probe::number("find_vma_calls "), probe::number("find_vma_hits "),
            probe::number("find_vma_steps ")};
}

template <class Work>
void count_lookups(const char* name, Work work) {
    probe::settle();
    const counters before = read_counters();
    work();
    const counters after = read_counters();
    printf("lookups %s: %ld %ld %ld\n", name, after.calls - before.calls, after.hits - before.hits,
           after.steps - before.steps);
}

/// Every area once, never a neighbour of the one before.
void ask_for_each_area(char* at, uint32_t areas) {
    constexpr uint32_t kStride = 7919;  // prime, and no divisor of any number of areas in use
    unsigned char in_memory;
    for (uint32_t i = 0; i < areas; i++) {
        const uint64_t area = uint64_t{i} * kStride % areas;
        if (mincore(at + area * kAreaPages * kPage, kPage, &in_memory) != 0) _exit(1);
    }
}

}  // namespace

/// Areas that may not be written to take nothing from what can be promised. Read, they show the zero page.
void find_vma(uint32_t areas) {
    const size_t pages = areas * kAreaPages;
    auto* at = const_cast<char*>(probe::map(pages, PROT_READ));
    for (size_t area = 1; area < areas; area += 2)
        mprotect(at + area * kAreaPages * kPage, kAreaPages * kPage, PROT_READ | PROT_EXEC);
    count_lookups("scattered", [=] { ask_for_each_area(at, areas); });
    count_lookups("neighbours", [=] { probe::look(at, pages); });
    printf("arena %lu %lu\n", reinterpret_cast<unsigned long>(at), static_cast<unsigned long>(pages * kPage));
    checkpoint(kFindVma);
    munmap(at, pages * kPage);
}

}  // namespace bench
