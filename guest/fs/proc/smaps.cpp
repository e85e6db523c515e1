// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/PID/smaps: each line of maps, and how much of the area is in memory, as Linux 2.6.28 prints it.
#include "fs/proc/internal.h"
#include "mm/internal.h"

namespace {

constexpr unsigned PSS_SHIFT = 12;  // a page's share is counted in fractions of a byte

/// What the entries of one area add up to, in bytes; pss << PSS_SHIFT.
struct mem_size_stats {
    ulong resident, shared_clean, shared_dirty, private_clean, private_dirty, referenced, swap;
    u64 pss;
};

void add_page(mem_size_stats* mss, const page* p, pte_t pte) {
    const auto mappings = static_cast<unsigned>(page_mapcount(p));
    mss->resident += PAGE_SIZE;
    if (pte_young(pte) || test_bit(PG_referenced, &p->flags)) mss->referenced += PAGE_SIZE;
    const bool dirty = pte_dirty(pte);
    if (mappings >= 2) {
        (dirty ? mss->shared_dirty : mss->shared_clean) += PAGE_SIZE;
    } else {
        (dirty ? mss->private_dirty : mss->private_clean) += PAGE_SIZE;
    }
    mss->pss += (PAGE_SIZE << PSS_SHIFT) / max(mappings, 1u);
}

void add_entry(mem_size_stats* mss, const vm_area_struct* vma, pte_t pte) {
    if (pte_present(pte)) {
        if (const page* p = vm_normal_page(vma, pte)) add_page(mss, p, pte);
    } else if (!pte_none(pte) && !pte_file(pte)) {
        mss->swap += PAGE_SIZE;
    }
}

mem_size_stats measure(const vm_area_struct* vma) {
    mem_size_stats mss{};
    mm_struct* mm = vma->vm_mm;
    for_each_page_table(mm, vma->vm_start, vma->vm_end, [&](const pte_t* pte, ulong from, ulong to) {
        spin_guard guard(&mm->page_table_lock);
        for (; from < to; from += PAGE_SIZE, pte++)
            add_entry(&mss, vma, *pte);
    });
    return mss;
}

void show_size(seq_file* m, const char* name, ulong bytes) {
    seq_printf(m, "%-15s %8lu kB\n", name, bytes >> 10);
}

int show_smap(seq_file* m, void* record) {
    const auto* vma = static_cast<const vm_area_struct*>(record);
    const mem_size_stats mss = measure(vma);
    maps_show(m, record);
    show_size(m, "Size:", vma->vm_end - vma->vm_start);
    show_size(m, "Rss:", mss.resident);
    show_size(m, "Pss:", static_cast<ulong>(mss.pss >> PSS_SHIFT));
    show_size(m, "Shared_Clean:", mss.shared_clean);
    show_size(m, "Shared_Dirty:", mss.shared_dirty);
    show_size(m, "Private_Clean:", mss.private_clean);
    show_size(m, "Private_Dirty:", mss.private_dirty);
    show_size(m, "Referenced:", mss.referenced);
    show_size(m, "Swap:", mss.swap);
    return 0;
}

constexpr seq_operations smaps_records{maps_start, maps_next, maps_stop, show_smap};
int open_smaps(inode* node, file* filp) {
    return seq_open(node, filp, &smaps_records, nullptr);
}

}  // namespace

const file_operations proc_smaps_operations{
    .open = open_smaps, .release = seq_release, .read = seq_read, .llseek = seq_llseek};
