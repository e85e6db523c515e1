// SPDX-License-Identifier: GPL-2.0-or-later
// MAP_POPULATE where drivers enter pages themselves.
#include "mm/policy/populated_areas.h"

#include "mm/internal.h"

/// A shared area whose driver can do that gets its file's pages as they are; else faults bring them.
void populated_areas::prefault(mm_struct* mm, ulong start, ulong end, bool nonblock) {
    vm_area_struct* vma = find_vma(mm, start);
    if ((vma->vm_flags & VM_SHARED) && may_be_nonlinear(vma)) {
        show(vma, start, end, linear_page_index(vma, start), nonblock);
    } else if (!nonblock) {
        make_pages_present(start, end);
    }
}
