// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of the bench program that measure the kernel's memory management, and how a part tells the host
// when to look at the clock.
#pragma once

#include <stdint.h>

#include "tests/mm_probe.h"

namespace bench {

/// Ids of checkpoints. kVmas and kFindVma: an address space stands ready to be decoded. kCrowd: many do. The
/// others frame the work of measure(): its first line is out, its work is done, its last line is out.
enum : int { kVmas = 1000, kBegin = 1001, kDone = 1002, kEnd = 1003, kFindVma = 1004, kCrowd = 1005 };
void checkpoint(int id);

/// A number of /proc/vmstat. `name` ends in the blank behind it.
inline long event_count(const char* name) {
    probe::load("/proc/vmstat");
    return probe::number(name);
}

/// Does `work`, which is `count` times the operation `name`, between two checkpoints, and prints
///
///     begin NAME: COUNT
///     end NAME: EVENTS
///
/// EVENTS is by how much `event` rose (as event_count takes it; null: COUNT again): the kernel's own word
/// that the work was of this kind.
template <class Work>
void measure(const char* name, uint32_t count, const char* event, Work work) {
    probe::settle();
    const long before = event ? event_count(event) : 0;
    printf("begin %s: %u\n", name, count);
    checkpoint(kBegin);
    work();
    checkpoint(kDone);
    const long events = event ? event_count(event) - before : static_cast<long>(count);
    printf("end %s: %ld\n", name, events);
    checkpoint(kEnd);
}

/// System calls on areas and processes, then page faults of each kind that needs no swap area.
void operations(uint32_t);
/// Pages that come back from the swap area on /dev/hda. Wants a machine of 16 MiB.
void swap_in(uint32_t pages);
/// How find_vma fares among `areas` areas. Prints "arena ADDRESS BYTES", and for two ways of asking
/// "lookups NAME: CALLS HITS STEPS".
void find_vma(uint32_t areas);

/// A machine with many processes, for the host to look at.
void crowd(uint32_t processes);

}  // namespace bench
