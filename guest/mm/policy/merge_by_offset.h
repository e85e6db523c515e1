// SPDX-License-Identifier: GPL-2.0-or-later
// Neighbours become one area if nothing but their places would tell them apart, and the pages they show are
// neighbours, too (4.10).
#pragma once

#include "mm/mm_types.h"

template <class ReverseMap, ulong NeverMerged>
struct merge_by_offset {
    /// Does a change of this kind join neighbours that it makes equal?
    static constexpr bool joins(range_change) { return true; }
    /// mmap has made an area that continues its neighbour: does it become a part of it?
    static constexpr bool joins_mapped = true;
    /// Areas with one of these flags stay as they are.
    static constexpr ulong never_merged = NeverMerged;

    /// Is `vma` what a range with these properties would be? Whoever wants to know when an area is closed
    /// keeps his own.
    static bool alike(const vm_area_struct* vma, ulong vm_flags, const file* filp,
                      typename ReverseMap::origin origin) {
        return vma->vm_flags == vm_flags && vma->vm_file == filp && !(vma->vm_ops && vma->vm_ops->close) &&
               ReverseMap::compatible(origin, ReverseMap::origin_of(vma));
    }

    /// Does what begins at page `pgoff` follow on the last page of `vma`?
    static bool continues(const vm_area_struct* vma, ulong pgoff) {
        return vma->vm_pgoff + ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT) == pgoff;
    }
    /// The offset of `next` once it begins `pages` earlier.
    static ulong offset_before(const vm_area_struct* next, ulong pages) { return next->vm_pgoff - pages; }
    /// Does what ends before page `pgoff` lead to the first page of `vma`?
    static bool precedes(ulong pgoff, const vm_area_struct* vma) { return vma->vm_pgoff == pgoff; }
};
