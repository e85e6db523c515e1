// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/diskstats: what each disk has done since boot, in the columns of Linux's Documentation/iostats.txt.
#include "block/block.h"
#include "fs/proc/internal.h"

namespace {
constexpr unsigned MS_PER_TICK = 1000 / HZ;

/// Requests that came to an end, merged ones (never), sectors, milliseconds.
void show_direction(seq_file* m, const block_statistics& s) {
    seq_printf(m, " %lu 0 %lu %lu", s.requests, s.sectors, s.ticks * MS_PER_TICK);
}
}  // namespace

int proc_diskstats(seq_file* m, void*) {
    for (const block_device* device = first_block_device(); device; device = device->next) {
        const block_statistics &reads = device->statistics[BLOCK_READ],
                               &writes = device->statistics[BLOCK_WRITE];
        const ulong milliseconds = (reads.ticks + writes.ticks) * MS_PER_TICK;
        seq_printf(m, "%4u %4u %s", device->rdev >> 8, device->rdev & 0xFF, device->name);
        show_direction(m, reads);
        show_direction(m, writes);
        seq_printf(m, " %u %lu %lu\n", device->in_flight, milliseconds, milliseconds);
    }
    return 0;
}
