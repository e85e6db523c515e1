// SPDX-License-Identifier: GPL-2.0-or-later
// The heap's end moves with brk: up for a promise, down to give memory back.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tour/tour.h"

namespace {
constexpr size_t kPages = 16, kReturned = 12;

void move_break(long pages) {
    if (sbrk(pages * static_cast<long>(kPage)) != reinterpret_cast<void*>(-1)) return;
    perror("tour: brk");
    exit(1);
}

Counters count_move(long pages) {
    const Counters before = count();
    move_break(pages);
    return count() - before;
}
}  // namespace

void heap() {
    title("The heap");
    note("brk moves the end of the area behind the program's data. Growing promises memory, shrinking");
    note("gives frames back; the peak is remembered.");
    const size_t rest = kPage - reinterpret_cast<size_t>(sbrk(0)) % kPage;
    sbrk(static_cast<intptr_t>(rest % kPage));
    char* start = static_cast<char*>(sbrk(0));
    Counters c = count_move(kPages);
    did("grow by 16 pages", "VmSize %+ld kB, VmRSS %+ld kB", c.size, c.rss);
    expect("growth of the address space (KiB)", c.size, kPages * kPageKib);
    expect("growth of resident memory", c.rss, 0);
    const Counters before = count();
    for (size_t i = 0; i < kPages; i++)
        *static_cast<volatile char*>(start + i * kPage) = 1;
    c = count() - before;
    did("write all of them", "%ld minor faults, %ld frames zeroed, VmRSS %+ld kB", c.minor, c.zeroed, c.rss);
    expect("minor faults", c.minor, kPages);
    expect("frames zeroed", c.zeroed, kPages);
    show_maps(start, start + 1);
    c = count_move(-static_cast<long>(kReturned));
    did("shrink by 12 pages", "VmSize %+ld kB, VmRSS %+ld kB, VmPeak %+ld kB", c.size, c.rss, c.peak);
    expect("shrinking of the address space (KiB)", c.size, -static_cast<long>(kReturned * kPageKib));
    expect("shrinking of resident memory (KiB)", c.rss, -static_cast<long>(kReturned * kPageKib));
    expect("change of the peak", c.peak, 0);
    show_maps(start, start + 1);
    move_break(-static_cast<long>(kPages - kReturned));
}
