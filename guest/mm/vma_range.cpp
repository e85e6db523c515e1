// SPDX-License-Identifier: GPL-2.0-or-later
// What mprotect, mlock and madvise have in common: a part of an area gets new flags.
#include "mm/internal.h"

int isolate_range(vm_area_struct** pvma, vm_area_struct* prev, ulong start, ulong end, ulong newflags,
                  range_change why) {
    vm_area_struct* vma = *pvma;
    mm_struct* mm = vma->vm_mm;
    const pgoff_t pgoff = linear_page_index(vma, start);
    if (merge_rules::joins(why)) {
        const reverse_map::origin origin = reverse_map::origin_of(vma);
        if (vm_area_struct* merged = vma_merge(mm, prev, start, end, newflags, origin, vma->vm_file, pgoff)) {
            *pvma = merged;
            return 0;
        }
    }
    int error = 0;
    if (start != vma->vm_start) error = split_vma(mm, vma, start, 1);
    if (!error && end != vma->vm_end) error = split_vma(mm, vma, end, 0);
    return error;
}
