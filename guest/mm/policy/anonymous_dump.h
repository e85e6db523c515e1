// SPDX-License-Identifier: GPL-2.0-or-later
// What of an area a core file has: everything, where a program has written to private memory; else nothing.
#pragma once

#include "mm/mm_types.h"

struct file_operations;

template <class ReverseMap>
struct anonymous_dump {
    /// Bytes from the area's start.
    static ulong size(const vm_area_struct* vma) {
        if (vma->vm_flags & (VM_IO | VM_SHARED | VM_RESERVED)) return 0;
        return ReverseMap::may_have_anonymous(vma) ? vma->vm_end - vma->vm_start : 0;
    }
    /// The file of /proc/PID that shows and sets the filter; null: there is none.
    static constexpr const file_operations* filter_file = nullptr;
};
