// SPDX-License-Identifier: GPL-2.0-or-later
// Looking for the program's file among the areas.
#include "mm/policy/executable_area.h"

#include "fs/fs.h"
#include "mm/mm.h"

file* executable_area::find(mm_struct* mm) {
    assert_held(&mm->mmap_sem);
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if ((vma->vm_flags & VM_EXECUTABLE) && vma->vm_file) return get_file(vma->vm_file);
    }
    return nullptr;
}
