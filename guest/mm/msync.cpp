// SPDX-License-Identifier: GPL-2.0-or-later
// msync: what a program wrote to mappings of files reaches the files (4.17).
#include "fs/fs.h"
#include "fs/namei_change.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

/// Writes the area's file back, if it is one that can be written back. mmap_sem is given up meanwhile: the
/// area may be gone when this returns. 0 or -errno.
int sync_file_of(mm_struct* mm, const vm_area_struct* vma) {
    if (!vma->vm_file || !(vma->vm_flags & VM_SHARED) || !vma->vm_file->f_op->fsync) return 0;
    file* filp = get_file(vma->vm_file);
    up_read(&mm->mmap_sem);
    const int error = vfs_fsync(filp);
    fput(filp);
    down_read(&mm->mmap_sem);
    return error;
}

/// What programs have written becomes the pages' affair, if it is not yet (shared_writes); MS_SYNC also
/// writes it to the disk. Holes do not keep the rest from being written, but are reported.
int do_msync(mm_struct* mm, ulong start, ulong end, int flags) {
    int result = 0;
    vm_area_struct* vma = find_vma(mm, start);
    for (; vma; vma = find_vma(mm, start)) {
        if (start < vma->vm_start) {
            result = range_errors::hole;
            if (vma->vm_start >= end) return result;
        }
        if (range_errors::strict_msync && (flags & MS_INVALIDATE) && (vma->vm_flags & VM_LOCKED))
            return -EBUSY;
        shared_writes::collect(vma, max(start, vma->vm_start), min(end, vma->vm_end));
        start = vma->vm_end;
        if (flags & MS_SYNC) {
            if (const int error = sync_file_of(mm, vma)) return error;
        }
        if (start >= end) return result;
    }
    return range_errors::hole;
}

}  // namespace

long sys_msync(ulong start, ulong len, int flags) {
    if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) return -EINVAL;
    if (start & ~PAGE_MASK) return -EINVAL;
    if (range_errors::strict_msync && (flags & MS_ASYNC) && (flags & MS_SYNC)) return -EINVAL;
    const ulong end = start + PAGE_ALIGN(len);
    if (end < start) return range_errors::wrap;
    if (end == start) return 0;
    mm_struct* mm = current->mm;
    down_read(&mm->mmap_sem);
    const int result = do_msync(mm, start, end, flags);
    up_read(&mm->mmap_sem);
    return result;
}
