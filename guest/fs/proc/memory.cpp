// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/meminfo, /proc/vmstat and /proc/slabinfo: the machine's memory as a whole.
#include "fs/buffer.h"
#include "fs/proc/internal.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/vmalloc.h"
#include "mm/writeback.h"

namespace {
/// What the frames are used for, by a look at each descriptor: an approximation while others run, as in any
/// kernel.
struct frame_census {
    ulong anonymous, mapped_file, slab;
};

frame_census count_frames() {
    frame_census census{};
    for (ulong pfn = 0; pfn < max_mapnr; pfn++) {
        const page* frame = pfn_to_page(pfn);
        if (test_bit(PG_slab, &frame->flags)) census.slab++;
        if (test_bit(PG_reserved, &frame->flags) || page_mapcount(frame) <= 0) continue;
        if (PageAnon(frame)) {
            census.anonymous++;
        } else {
            census.mapped_file++;
        }
    }
    return census;
}

/// User page tables of all processes. Threads share an mm: only group leaders are asked; under task_lock an
/// mm that is there stays there.
ulong count_page_tables() {
    ulong tables = 0;
    spin_guard guard(&tasklist_lock);
    task_struct* task = nullptr;
    for_each_process(task) {
        task_lock(task);
        if (task->mm) tables += page_tables::count(task->mm);
        task_unlock(task);
    }
    return tables;
}

void show_kib(seq_file* m, const char* name, ulong pages) {
    seq_printf(m, "%-16s%8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

void show_count(seq_file* m, const char* name, ulong value) {
    seq_printf(m, "%s %lu\n", name, value);
}

void show_cache(const slab_statistics& s, void* file) {
    seq_printf(static_cast<seq_file*>(file),
               "%-17s %6lu %6lu %6lu %4lu %4lu : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n", s.name,
               s.active_objs, s.num_objs, s.objsize, s.objperslab, s.pagesperslab, 0u, 0u, 0u, s.active_slabs,
               s.num_slabs, 0ul);
}
}  // namespace

/// The lines of Linux 2.6.28 that this kernel has something to say to.
int proc_meminfo(seq_file* m, void*) {
    const frame_census census = count_frames();
    const ulong total = contig_zone.present_pages;
    show_kib(m, "MemTotal:", total);
    show_kib(m, "MemFree:", nr_free_pages());
    show_kib(m, "Buffers:", buffer_cache_bytes() >> PAGE_SHIFT);
    show_kib(m, "Cached:", nr_pagecache_pages());
    show_kib(m, "SwapCached:", swapper_space.nrpages);
    show_kib(m, "Active:", contig_zone.nr_active);
    show_kib(m, "Inactive:", contig_zone.nr_inactive);
    show_kib(m, "SwapTotal:", total_swap_pages);
    show_kib(m, "SwapFree:", nr_swap_pages);
    show_kib(m, "Dirty:", nr_dirty_pages());
    show_kib(m, "Writeback:", nr_writeback_pages());
    show_kib(m, "AnonPages:", census.anonymous);
    show_kib(m, "Mapped:", census.mapped_file);
    show_kib(m, "Slab:", census.slab);
    show_kib(m, "PageTables:", count_page_tables());
    show_kib(m, "CommitLimit:", total / 2 + total_swap_pages);
    show_kib(m, "Committed_AS:", vm_committed_pages());
    const vmalloc_info kernel = get_vmalloc_info();
    show_kib(m, "VmallocTotal:", kernel.total >> PAGE_SHIFT);
    show_kib(m, "VmallocUsed:", kernel.used >> PAGE_SHIFT);
    show_kib(m, "VmallocChunk:", kernel.largest_chunk >> PAGE_SHIFT);
    return 0;
}

int proc_vmstat(seq_file* m, void*) {
    const vm_event_state& s = vm_stat;
    show_count(m, "nr_free_pages", nr_free_pages());
    show_count(m, "nr_inactive", contig_zone.nr_inactive);
    show_count(m, "nr_active", contig_zone.nr_active);
    show_count(m, "nr_file_pages", nr_pagecache_pages());
    show_count(m, "pswpin", s.pswpin);
    show_count(m, "pswpout", s.pswpout);
    show_count(m, "pgalloc", s.pgalloc);
    show_count(m, "pgfree", s.pgfree);
    show_count(m, "pgfault", s.pgfault);
    show_count(m, "pgmajfault", s.pgmajfault);
    show_count(m, "pgscan", s.pgscan);
    show_count(m, "pgsteal", s.pgsteal);
    show_count(m, "pgactivate", s.pgactivate);
    show_count(m, "pgdeactivate", s.pgdeactivate);
    show_count(m, "allocstall", s.allocstall);
    show_count(m, "kswapd_runs", s.kswapd_runs);
    show_count(m, "swap_cache_hits", s.swap_cache_hits);
    show_count(m, "oom_kill", s.oom_kill);
    show_count(m, "zero_page_mapped", s.zero_page_mapped);
    show_count(m, "demand_zeroed", s.demand_zeroed);
    show_count(m, "file_mapped", s.file_mapped);
    show_count(m, "cow_copied", s.cow_copied);
    show_count(m, "cow_reused", s.cow_reused);
    show_count(m, "stack_grown", s.stack_grown);
    show_count(m, "find_vma_calls", s.find_vma_calls);
    show_count(m, "find_vma_hits", s.find_vma_hits);
    show_count(m, "find_vma_steps", s.find_vma_steps);
    show_count(m, "find_vma_worst", s.find_vma_worst);
    return 0;
}

int proc_slabinfo(seq_file* m, void*) {
    seq_puts(m,
             "slabinfo - version: 2.1\n"
             "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
             " : tunables <limit> <batchcount> <sharedfactor>"
             " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
    for_each_cache(show_cache, m);
    return 0;
}
