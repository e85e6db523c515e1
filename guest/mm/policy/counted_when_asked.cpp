// SPDX-License-Identifier: GPL-2.0-or-later
// Statistics of a space, from its areas.
#include "mm/policy/counted_when_asked.h"

#include "mm/internal.h"

namespace {

template <class Wanted>
ulong count_pages(const mm_struct* mm, Wanted wanted) {
    ulong pages = 0;
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if (wanted(vma)) pages += vma_pages(vma);
    }
    return pages;
}

}  // namespace

ulong counted_when_asked::data(const mm_struct* mm) {
    return count_pages(mm, [](const vm_area_struct* vma) { return !vma->vm_file; });
}

ulong counted_when_asked::stack(const mm_struct* mm) {
    return count_pages(
        mm, [](const vm_area_struct* vma) { return !vma->vm_file && (vma->vm_flags & VM_GROWSDOWN); });
}

ulong counted_when_asked::code(const mm_struct* mm) {
    return count_pages(mm, [](const vm_area_struct* vma) {
        return vma->vm_file && (vma->vm_flags & (VM_EXEC | VM_WRITE)) == VM_EXEC;
    });
}
