// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/vmallocinfo: one line an area, in the format of Linux 2.6.28.
#include "fs/proc/internal.h"
#include "kernel/kallsyms.h"
#include "mm/vmalloc.h"

namespace {

void show_area(seq_file* m, const vm_struct* area) {
    const auto start = reinterpret_cast<ulong>(area->addr);
    seq_printf(m, "0x%08lx-0x%08lx %7lu", start, start + area->size, area->size);
    const kernel_symbol caller = find_kernel_symbol(reinterpret_cast<ulong>(area->caller));
    if (caller.name) seq_printf(m, " %s+0x%lx", caller.name, caller.offset);
    if (area->nr_pages) seq_printf(m, " pages=%u", area->nr_pages);
    if (area->flags & VM_ALLOC) seq_puts(m, " vmalloc");
    seq_putc(m, '\n');
}

}  // namespace

int proc_vmallocinfo(seq_file* m, void*) {
    spin_guard guard(&vmlist_lock);
    for (const vm_struct* area = vmlist; area; area = area->next)
        show_area(m, area);
    return 0;
}
