// SPDX-License-Identifier: GPL-2.0-or-later
// What of an area a core file has: all of it, if the program may have written there or no file could give it
// back; never a device's memory (MM_FACTS 4.26).
#pragma once

#include "mm/mm_types.h"

struct file_operations;

struct written_dump {
    /// Bytes from the area's start.
    static ulong size(const vm_area_struct* vma) {
        const ulong flags = vma->vm_flags;
        if (flags & (VM_IO | VM_RESERVED)) return 0;
        if (!(flags & (VM_READ | VM_WRITE | VM_EXEC))) return 0;
        const bool wanted = (flags & (VM_WRITE | VM_GROWSDOWN | VM_GROWSUP)) || !vma->vm_file;
        return wanted ? vma->vm_end - vma->vm_start : 0;
    }
    /// The file of /proc/PID that shows and sets the filter; null: there is none.
    static constexpr const file_operations* filter_file = nullptr;
};
