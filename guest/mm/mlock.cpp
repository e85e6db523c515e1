// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that stays: mlock and its relatives (4.16). VM_LOCKED keeps an area's pages from being swapped out.
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

/// What mlock says when a page of the area cannot be had.
int lock_error(int error) {
    if (error == -EFAULT) return -ENOMEM;
    return error == -ENOMEM ? -EAGAIN : error;
}

/// Areas whose frames never leave memory are not counted as locked, only filled.
bool is_special(const vm_area_struct* vma) {
    return vma->vm_flags & (VM_DONTEXPAND | VM_RESERVED);
}

/// Locks or unlocks [start, end) of one area. `*pprev`: the area before; afterwards the one that covers the
/// part. 0 or -errno; a failure to fill the area leaves it locked.
int mlock_fixup(vm_area_struct* vma, vm_area_struct** pprev, ulong start, ulong end, ulong newflags) {
    mm_struct* mm = vma->vm_mm;
    const bool lock = newflags & VM_LOCKED;
    vm_area_struct* prev = *pprev;
    *pprev = vma;
    if (newflags == vma->vm_flags || (vma->vm_flags & (VM_IO | VM_PFNMAP))) return 0;
    if (is_special(vma)) {
        if (lock) make_pages_present(start, end);
        return 0;
    }
    if (const int error = isolate_range(&vma, prev, start, end, newflags, range_change::locking))
        return error;
    *pprev = vma;
    vma->vm_flags = newflags;
    const ulong pages = (end - start) >> PAGE_SHIFT;
    mm->locked_vm += lock ? pages : -pages;
    return lock ? lock_error(make_pages_present(start, end)) : 0;
}

ulong with_lock(ulong vm_flags, bool lock) {
    return lock ? vm_flags | VM_LOCKED : vm_flags & ~VM_LOCKED;
}

/// Area by area; at a hole or a failure the areas before it stay changed. Held.
int do_mlock(mm_struct* mm, ulong start, ulong len, bool lock) {
    len = PAGE_ALIGN(len);
    const ulong end = start + len;
    if (end < start) return -EINVAL;
    if (end == start) return 0;
    vm_area_struct* prev;
    vm_area_struct* vma = find_vma_prev(mm, start, &prev);
    if (!vma || vma->vm_start > start) return -ENOMEM;
    if (start > vma->vm_start) prev = vma;
    for (;;) {
        const ulong stop = min(vma->vm_end, end);
        const ulong newflags = with_lock(vma->vm_flags, lock);
        if (const int error = mlock_fixup(vma, &prev, start, stop, newflags)) return error;
        start = max(stop, prev->vm_end);
        if (start >= end) return 0;
        vma = prev->vm_next;
        if (!vma || vma->vm_start != start) return -ENOMEM;
    }
}

/// Every area; one that cannot be filled does not keep the others from it. Held.
void lock_all_areas(mm_struct* mm, bool lock) {
    vm_area_struct* prev = nullptr;
    for (vm_area_struct* vma = mm->mmap; vma; vma = prev->vm_next)
        mlock_fixup(vma, &prev, vma->vm_start, vma->vm_end, with_lock(vma->vm_flags, lock));
}

/// The pages that [start, start + len) touches; `*start` becomes the first one's address.
ulong touched_length(ulong* start, ulong len) {
    const ulong length = PAGE_ALIGN(len + (*start & ~PAGE_MASK));
    *start &= PAGE_MASK;
    return length;
}

}  // namespace

long sys_mlock(ulong start, ulong len) {
    if (!can_do_mlock()) return -EPERM;
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    len = touched_length(&start, len);
    const bool allowed = may_lock_pages(mm, len >> PAGE_SHIFT) == 0;
    const int result = allowed ? do_mlock(mm, start, len, true) : -ENOMEM;
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return result;
}

long sys_munlock(ulong start, ulong len) {
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    len = touched_length(&start, len);
    const int result = do_mlock(mm, start, len, false);
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return result;
}

long sys_mlockall(int flags) {
    if (flags == 0 || (flags & ~(MCL_CURRENT | MCL_FUTURE))) return -EINVAL;
    if (!can_do_mlock()) return -EPERM;
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    const bool allowed = !(flags & MCL_CURRENT) || may_lock_pages(mm, mm->total_vm - mm->locked_vm) == 0;
    if (allowed) {
        mm->def_flags = flags & MCL_FUTURE ? +VM_LOCKED : 0;
        const bool lock = flags & MCL_CURRENT;
        if (lock || lock_rules::future_alone_unlocks) lock_all_areas(mm, lock);
    }
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return allowed ? 0 : -ENOMEM;
}

long sys_munlockall() {
    if (!lock_rules::anybody_unlocks_all && !can_do_mlock()) return -EPERM;
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    mm->def_flags = 0;
    lock_all_areas(mm, false);
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return 0;
}
