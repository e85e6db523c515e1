// SPDX-License-Identifier: GPL-2.0-or-later
// Joining neighbours that have become equal, and cutting VMAs in two (4.10, 4.12).
//
// What vma_merge can do with [addr, end), A being an area there that is about to change and P, N its
// neighbours:
//
//   1  P[hole]N -> PPPPPP      4  PPP|AA|N -> PPP NNN   (the tail of P goes to N)
//   2  P[hole]  -> PPPP        5  P|AA|NNN -> PPP NNN   (the head of N goes to P)
//   3  [hole]N  -> NNNN        6  P|AAAA|N -> PPPPPP    7  P|AAAA| -> PPPPP    8  |AAAA|N -> AAAAA
//
// 1 to 3 serve mmap and brk, 4 to 8 mprotect. In case 8 the middle's structure is the one that stays.
#include "fs/fs.h"
#include "kernel/errno.h"
#include "mm/internal.h"
#include "mm/slab.h"

traced vm_area_struct* vma_merge(mm_struct* mm, vm_area_struct* prev, ulong addr, ulong end, ulong vm_flags,
                                 reverse_map::origin origin, file* filp, pgoff_t pgoff) {
    const pgoff_t pages = (end - addr) >> PAGE_SHIFT;
    if (vm_flags & merge_rules::never_merged) return nullptr;

    vm_area_struct* area = prev ? prev->vm_next : mm->mmap;
    vm_area_struct* next = area;
    if (next && next->vm_end == end) next = next->vm_next;  // cases 6, 7, 8: `area` is what changes

    const bool after_prev = prev && prev->vm_end == addr &&
                            merge_rules::alike(prev, vm_flags, filp, origin) &&
                            merge_rules::continues(prev, pgoff);
    const bool before_next = next && next->vm_start == end &&
                             merge_rules::alike(next, vm_flags, filp, origin) &&
                             merge_rules::precedes(pgoff + pages, next);

    if (after_prev) {
        const bool both = before_next &&
                          reverse_map::compatible(reverse_map::origin_of(prev), reverse_map::origin_of(next));
        vma_adjust(prev, prev->vm_start, both ? next->vm_end : end, prev->vm_pgoff,
                   nullptr);  // 1, 6 or 2, 5, 7
        return prev;
    }
    if (before_next) {
        if (prev && addr < prev->vm_end) {
            vma_adjust(prev, prev->vm_start, addr, prev->vm_pgoff, nullptr);  // 4
        } else {
            vma_adjust(area, addr, next->vm_end, merge_rules::offset_before(next, pages),
                       nullptr);  // 3, 8
        }
        return area;
    }
    return nullptr;
}

traced int split_vma(mm_struct* mm, vm_area_struct* vma, ulong addr, int new_below) {
    if (mm->map_count >= sysctl_max_map_count) return -ENOMEM;
    auto* part = static_cast<vm_area_struct*>(kmem_cache_alloc(vm_area_cachep, GFP_KERNEL));
    if (!part) return -ENOMEM;

    *part = *vma;
    const pgoff_t pages_below = (addr - vma->vm_start) >> PAGE_SHIFT;
    if (new_below) {
        part->vm_end = addr;
    } else {
        part->vm_start = addr;
        part->vm_pgoff += pages_below;
    }
    if (part->vm_file) {
        get_file(part->vm_file);
        program_file::area_added(part);
    }
    if (part->vm_ops && part->vm_ops->open) part->vm_ops->open(part);

    if (new_below) {
        vma_adjust(vma, addr, vma->vm_end, vma->vm_pgoff + pages_below, part);
    } else {
        vma_adjust(vma, vma->vm_start, addr, vma->vm_pgoff, part);
    }
    return 0;
}
