// SPDX-License-Identifier: GPL-2.0-or-later
// Anonymous memory costs nothing until it is touched.
#include <sys/mman.h>

#include "tour/tour.h"

namespace {
constexpr size_t kPages = 16, kHalf = kPages / 2;
volatile char sum;

void read_pages(char* start, size_t pages) {
    for (size_t i = 0; i < pages; i++)
        sum = *static_cast<volatile char*>(start + i * kPage);
}
void write_pages(char* start, size_t pages) {
    for (size_t i = 0; i < pages; i++)
        *static_cast<volatile char*>(start + i * kPage) = 1;
}

void first_reads(char* memory) {
    const Counters before = count();
    read_pages(memory, kHalf);
    const Counters c = count() - before;
    did("read the first 8", "%ld minor faults, zero page mapped %ld times, VmRSS %+ld kB, VmPTE %+ld kB",
        c.minor, c.zero_mapped, c.rss, c.tables);
    expect("minor faults", c.minor, kHalf);
    expect("mappings of the zero page", c.zero_mapped, kHalf);
    expect("resident memory of the zero page", c.rss, 0);
    if (before.tables >= 0) expect("page tables made (KiB)", c.tables, kPageKib);  // not every edition says
}

void first_writes(char* memory) {
    const Counters before = count();
    write_pages(memory + kHalf * kPage, kHalf);
    const Counters c = count() - before;
    did("write the other 8", "%ld minor faults, %ld frames zeroed, VmRSS %+ld kB", c.minor, c.zeroed, c.rss);
    expect("minor faults", c.minor, kHalf);
    expect("frames zeroed", c.zeroed, kHalf);
    expect("growth of resident memory (KiB)", c.rss, kHalf * kPageKib);
}

void write_where_the_zero_page_is(char* memory) {
    const Counters before = count();
    write_pages(memory, kHalf);
    const Counters c = count() - before;
    did("write the first 8", "%ld minor faults, %ld frames zeroed, VmRSS %+ld kB", c.minor, c.zeroed, c.rss);
    expect("minor faults", c.minor, kHalf);
    expect("frames zeroed in place of the zero page", c.zeroed, kHalf);
    expect("growth of resident memory (KiB)", c.rss, kHalf * kPageKib);
}

void second_writes(char* memory) {
    const Counters before = count();
    write_pages(memory, kPages);
    const Counters c = count() - before;
    did("write all 16 again", "%ld faults: every page is there", c.minor + c.major);
    expect("faults on pages that are present", c.minor + c.major, 0);
}
}  // namespace

void demand_zero() {
    title("Demand-zero pages");
    note("Anonymous memory is a promise. A page that is read shows the zero page, which all share;");
    note("a page that is written gets a frame of its own.");
    const Counters before = count();
    char* memory = map_pages(kPages, PROT_READ | PROT_WRITE);
    const Counters c = count() - before;
    did("map 16 pages", "VmSize %+ld kB, VmRSS %+ld kB", c.size, c.rss);
    expect("growth of the address space (KiB)", c.size, kPages * kPageKib);
    expect("growth of resident memory", c.rss, 0);
    first_reads(memory);
    first_writes(memory);
    write_where_the_zero_page_is(memory);
    second_writes(memory);
    show_maps(memory, memory + kPages * kPage);
    checkpoint(1);
    unmap_pages(memory, kPages);
}
