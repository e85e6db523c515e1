// SPDX-License-Identifier: GPL-2.0-or-later
// The file behind /proc/PID/exe: held while the program has VM_EXECUTABLE areas of it, which are counted
// (4.28). mmap_sem is held for writing, unless nobody else knows the space.
#pragma once

#include "mm/mm_types.h"

struct exe_file_count {
    /// exec: the space runs this file, of which nothing is mapped yet. Null: the space ends.
    static void set(mm_struct* mm, file* program);
    /// fork: the count was inherited with the copy of the descriptor.
    static void fork(const mm_struct* oldmm, mm_struct* mm);

    /// An area of a file comes, or goes.
    static void area_added(const vm_area_struct* vma) {
        if (vma->vm_flags & VM_EXECUTABLE) vma->vm_mm->num_exe_file_vmas++;
    }
    static void area_removed(const vm_area_struct* vma) {
        if (vma->vm_flags & VM_EXECUTABLE) drop_one(vma->vm_mm);
    }

    /// With a reference; null if nothing of it is mapped any more. mmap_sem is held at least for reading.
    static file* find(mm_struct* mm);

    /// Debug build: panics unless the count is that of the areas (INV-41).
    static void validate(const mm_struct* mm, ulong areas);

  private:
    static void drop_one(mm_struct* mm);
};
