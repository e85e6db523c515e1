// SPDX-License-Identifier: GPL-2.0-or-later
// madvise: what a program will do with a range, or no longer needs of it (4.17).
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

/// The flags that an area has after this advice.
ulong advised_flags(ulong vm_flags, int advice) {
    constexpr ulong kReading = VM_SEQ_READ | VM_RAND_READ;
    switch (advice) {
        case MADV_NORMAL:
            return vm_flags & ~kReading;
        case MADV_RANDOM:
            return (vm_flags & ~kReading) | VM_RAND_READ;
        case MADV_SEQUENTIAL:
            return (vm_flags & ~kReading) | VM_SEQ_READ;
        case MADV_DONTFORK:
            return vm_flags | VM_DONTCOPY;
        default:
            return vm_flags & ~VM_DONTCOPY;
    }
}

/// `*pprev`: the area before; afterwards the one that covers the part. 0 or -errno.
int madvise_behavior(vm_area_struct* vma, vm_area_struct** pprev, ulong start, ulong end, int advice) {
    vm_area_struct* prev = *pprev;
    const ulong newflags = advised_flags(vma->vm_flags, advice);
    int error = 0;
    if (newflags != vma->vm_flags)
        error = isolate_range(&vma, prev, start, end, newflags, range_change::advice);
    *pprev = vma;
    if (error) return error == -ENOMEM ? -EAGAIN : error;
    vma->vm_flags = newflags;
    return 0;
}

/// Reads what is not in memory yet, so that the range's first touches are no major faults. Half of the free
/// memory is left alone. An unreadable page is the later fault's affair.
int madvise_willneed(const vm_area_struct* vma, ulong start, ulong end) {
    file* filp = vma->vm_file;
    if (!filp) return -EBADF;
    const address_space* mapping = filp->f_mapping;
    if (is_shmem_file(filp) || !mapping->a_ops || !mapping->a_ops->readpage) return 0;
    const u64 file_end = static_cast<u64>(mapping->host->i_size);
    ulong budget = nr_free_pages() / 2;
    for (; start < end && budget; start += PAGE_SIZE, budget--) {
        const pgoff_t index = linear_page_index(vma, start);
        if (static_cast<u64>(index) << PAGE_SHIFT >= file_end) break;
        bool was_read;
        if (page* p = read_cache_page(filp, index, &was_read)) put_page(p);
    }
    return 0;
}

int madvise_dontneed(vm_area_struct* vma, ulong start, ulong end) {
    if (vma->vm_flags & (VM_LOCKED | VM_HUGETLB | VM_PFNMAP)) return -EINVAL;
    if (vma->vm_flags & VM_NONLINEAR) {  // its entries remember what they show
        const zap_details all{.check_mapping = nullptr, .first_index = 0, .last_index = ~0ul};
        zap_page_range_details(vma, start, end, &all);
    } else {
        zap_page_range(vma, start, end);
    }
    return 0;
}

/// Punches a hole into the object behind a shared area. Only objects in memory can have one.
int madvise_remove(const vm_area_struct* vma, ulong start, ulong end) {
    if (vma->vm_flags & (VM_LOCKED | VM_NONLINEAR | VM_HUGETLB)) return -EINVAL;
    if (!vma->vm_file) return -EINVAL;
    constexpr ulong kSharedWritable = VM_SHARED | VM_WRITE;
    if ((vma->vm_flags & kSharedWritable) != kSharedWritable) return -EACCES;
    if (!is_shmem_file(vma->vm_file)) return -ENOSYS;
    shmem_truncate_range(vma->vm_file, linear_page_index(vma, start), linear_page_index(vma, end - 1));
    return 0;
}

int madvise_vma(vm_area_struct* vma, vm_area_struct** pprev, ulong start, ulong end, int advice) {
    switch (advice) {
        case MADV_WILLNEED:
            *pprev = vma;
            return madvise_willneed(vma, start, end);
        case MADV_DONTNEED:
            *pprev = vma;
            return madvise_dontneed(vma, start, end);
        case MADV_REMOVE:
            *pprev = vma;
            return madvise_remove(vma, start, end);
        default:
            return madvise_behavior(vma, pprev, start, end, advice);
    }
}

/// Area by area. Holes do not keep the rest from the advice, but are reported.
int do_madvise(mm_struct* mm, ulong start, ulong end, int advice) {
    int result = 0;
    vm_area_struct* prev;
    vm_area_struct* vma = find_vma_prev(mm, start, &prev);
    if (vma && start > vma->vm_start) prev = vma;
    for (; vma; vma = prev->vm_next) {
        if (start < vma->vm_start) {
            result = -ENOMEM;
            start = vma->vm_start;
            if (start >= end) return result;
        }
        const ulong stop = min(vma->vm_end, end);
        if (const int error = madvise_vma(vma, &prev, start, stop, advice)) return error;
        start = max(stop, prev->vm_end);
        if (start >= end) return result;
    }
    return -ENOMEM;
}

bool is_known(int advice) {
    return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) ||
           (range_errors::later_advice && advice >= MADV_REMOVE && advice <= MADV_DOFORK);
}

/// Advice that is a flag changes areas; the rest only changes pages.
bool changes_areas(int advice) {
    return advice != MADV_WILLNEED && advice != MADV_DONTNEED && advice != MADV_REMOVE;
}

}  // namespace

long sys_madvise(ulong start, ulong len, int advice) {
    if (!is_known(advice) || (start & ~PAGE_MASK)) return -EINVAL;
    const ulong length = PAGE_ALIGN(len), end = start + length;
    if ((len && !length) || end < start) return -EINVAL;
    if (end == start) return 0;
    mm_struct* mm = current->mm;
    int result;
    if (changes_areas(advice)) {
        down_write(&mm->mmap_sem);
        result = do_madvise(mm, start, end, advice);
        validate_mm(mm);
        up_write(&mm->mmap_sem);
    } else {
        down_read(&mm->mmap_sem);
        result = do_madvise(mm, start, end, advice);
        up_read(&mm->mmap_sem);
    }
    return result;
}
