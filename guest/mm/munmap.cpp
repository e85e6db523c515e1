// SPDX-License-Identifier: GPL-2.0-or-later
// Taking mappings away (4.12).
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

/// Takes the VMAs from `vma` up to `end` out of list and tree; they stay chained. The placement search is
/// told.
void detach_vmas_to_be_unmapped(mm_struct* mm, vm_area_struct* vma, vm_area_struct* prev, ulong end) {
    vm_area_struct*& link = prev ? prev->vm_next : mm->mmap;
    vm_area_struct* tail = nullptr;
    reverse_map::lock(mm, {});
    while (vma && vma->vm_start < end) {
        area_tree::erase(mm, vma);
        mm->map_count--;
        tail = vma;
        vma = vma->vm_next;
    }
    link = vma;
    tail->vm_next = nullptr;
    mm->mmap_cache = nullptr;
    reverse_map::unlock(mm, {});
    area_search::released(mm, prev, vma, end);
}

void unlock_vmas(mm_struct* mm, vm_area_struct* vma, ulong end) {
    for (; mm->locked_vm && vma && vma->vm_start < end; vma = vma->vm_next) {
        if (!(vma->vm_flags & VM_LOCKED)) continue;
        mm->locked_vm -= vma_pages(vma);
        vma->vm_flags &= ~VM_LOCKED;
    }
}

void remove_vma_list(mm_struct* mm, vm_area_struct* vma) {
    area_stats::before_vm_falls(mm);
    while (vma) {
        const ulong pages = vma_pages(vma);
        mm->total_vm -= pages;
        area_stats::account(mm, vma->vm_flags, vma->vm_file, -static_cast<long>(pages));
        area_search::area_released(mm, vma);
        vma = remove_vma(vma);
    }
}

}  // namespace

traced int do_munmap(mm_struct* mm, ulong start, ulong len) {
    assert_held_write(&mm->mmap_sem);
    if ((start & ~PAGE_MASK) || start > TASK_SIZE || len > TASK_SIZE - start) return -EINVAL;
    len = PAGE_ALIGN(len);
    if (len == 0) return -EINVAL;
    const ulong end = start + len;

    vm_area_struct* prev;
    vm_area_struct* vma = find_vma_prev(mm, start, &prev);
    if (!vma || vma->vm_start >= end) return 0;
    if (start > vma->vm_start) {
        if (const int error = split_vma(mm, vma, start, 0)) return error;
        prev = vma;
    }
    vm_area_struct* last = find_vma(mm, end);
    if (last && end > last->vm_start) {
        if (const int error = split_vma(mm, last, end, 1)) return error;
    }
    vma = prev ? prev->vm_next : mm->mmap;

    unlock_vmas(mm, vma, end);
    detach_vmas_to_be_unmapped(mm, vma, prev, end);
    unmap_region(mm, vma, prev, start, end);
    remove_vma_list(mm, vma);
    return 0;
}

int munmap_back(mm_struct* mm, ulong addr, ulong len, vma_slot* slot) {
    for (;;) {
        const vm_area_struct* vma = find_vma_prepare(mm, addr, slot);
        if (!vma || vma->vm_start >= addr + len) return 0;
        if (do_munmap(mm, addr, len)) return -ENOMEM;
    }
}

long sys_munmap(ulong addr, ulong len) {
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    const int result = do_munmap(mm, addr, len);
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return result;
}
