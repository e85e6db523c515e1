// SPDX-License-Identifier: GPL-2.0-or-later
// fork copies the entries that a fault could not make again (4.5).
#pragma once

#include "mm/mm_types.h"

template <class ReverseMap>
struct fork_what_is_needed {
    /// Where there are no anonymous pages, the child's own faults find everything again.
    static bool copies_entries(const vm_area_struct* vma) {
        constexpr ulong kAlwaysCopied = VM_HUGETLB | VM_NONLINEAR | VM_PFNMAP | VM_INSERTPAGE;
        return (vma->vm_flags & kAlwaysCopied) || ReverseMap::may_have_anonymous(vma);
    }
};
