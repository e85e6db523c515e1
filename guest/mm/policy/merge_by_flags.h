// SPDX-License-Identifier: GPL-2.0-or-later
// Neighbours become one area if neither has a file and their flags are the same, whatever their offsets
// (4.10). mlock and madvise leave neighbours as they are.
#pragma once

#include "mm/mm_types.h"

template <class ReverseMap>
struct merge_by_flags {
    static constexpr bool joins(range_change why) { return why == range_change::protection; }
    static constexpr bool joins_mapped = true;
    static constexpr ulong never_merged = 0;

    static bool alike(const vm_area_struct* vma, ulong vm_flags, const file* filp,
                      typename ReverseMap::origin) {
        return !filp && !vma->vm_file && vma->vm_flags == vm_flags;
    }
    static bool continues(const vm_area_struct*, ulong) { return true; }
    static bool precedes(ulong, const vm_area_struct*) { return true; }
    static ulong offset_before(const vm_area_struct* next, ulong) { return next->vm_pgoff; }
};
