// SPDX-License-Identifier: GPL-2.0-or-later
// An area of its own in each program for the kernel's page of user code.
#include "mm/internal.h"

namespace {

constexpr ulong VDSO_FLAGS = VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ALWAYSDUMP;

}  // namespace

int mapped_vdso::map(mm_struct* mm) {
    if (!vdso_page) return 0;
    down_write(&mm->mmap_sem);
    const ulong addr = get_unmapped_area(nullptr, 0, PAGE_SIZE, 0, 0);
    int error = addr & ~PAGE_MASK ? static_cast<int>(addr) : 0;
    if (!error) error = install_special_mapping(mm, addr, VDSO_FLAGS, vdso_page);
    if (!error) mm->context.vdso = reinterpret_cast<void*>(addr);
    up_write(&mm->mmap_sem);
    return error;
}
