// SPDX-License-Identifier: GPL-2.0-or-later
// What of an area a core file has: the space's filter says which kinds it wants (kernel/core_filter.cpp).
#pragma once

#include "mm/mm_types.h"

struct file_operations;
extern const file_operations proc_coredump_filter_operations;

struct filtered_dump {
    /// Bytes from the area's start.
    static ulong size(const vm_area_struct* vma);
    /// The file of /proc/PID that shows and sets the filter; null: there is none.
    static constexpr const file_operations* filter_file = &proc_coredump_filter_operations;
};
