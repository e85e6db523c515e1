// SPDX-License-Identifier: GPL-2.0-or-later
// The program's file is that of the first area with VM_EXECUTABLE; nothing is kept of it in the space (4.28).
#pragma once

#include "mm/mm_types.h"

struct executable_area {
    static void set(mm_struct*, file*) {}
    static void fork(const mm_struct*, mm_struct*) {}
    static void area_added(const vm_area_struct*) {}
    static void area_removed(const vm_area_struct*) {}

    /// With a reference; null if nothing of it is mapped any more. mmap_sem is held at least for reading.
    static file* find(mm_struct* mm);

    /// Debug build: there is nothing that could be wrong.
    static void validate(const mm_struct*, ulong) {}
};
