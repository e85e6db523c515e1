// SPDX-License-Identifier: GPL-2.0-or-later
// mprotect: new access rights for a range, splitting and merging areas as needed (4.14).
#include "kernel/errno.h"
#include "kernel/personality.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

constexpr ulong kAccess = VM_READ | VM_WRITE | VM_EXEC;
static_assert(VM_MAYREAD == VM_READ << 4 && VM_MAYWRITE == VM_WRITE << 4 && VM_MAYEXEC == VM_EXEC << 4);

/// One area's part [start, end). `*pprev`: the area before; afterwards the one that covers the part. 0 or
/// -errno.
traced int mprotect_fixup(vm_area_struct* vma, vm_area_struct** pprev, ulong start, ulong end,
                          ulong newflags) {
    mm_struct* mm = vma->vm_mm;
    const ulong oldflags = vma->vm_flags;
    if (newflags == oldflags) {
        *pprev = vma;
        return 0;
    }
    // A private area that becomes writable may need all its pages; that is not taken back when it ceases to
    // be.
    const ulong pages = (end - start) >> PAGE_SHIFT;
    ulong charged = 0;
    if ((newflags & VM_WRITE) && !(oldflags & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE))) {
        if (vm_enough_memory(pages)) return -ENOMEM;
        charged = pages;
        newflags |= VM_ACCOUNT;
    }

    if (const int error = isolate_range(&vma, *pprev, start, end, newflags, range_change::protection)) {
        vm_unacct_memory(charged);
        return error;
    }
    *pprev = vma;
    vma->vm_flags = newflags;
    vma->vm_page_prot = vm_get_page_prot(newflags);
    if (vma_wants_writenotify(vma)) vma->vm_page_prot = vm_get_page_prot(newflags & ~VM_SHARED);
    change_protection(vma, start, end, vma->vm_page_prot);
    area_stats::account(mm, oldflags, vma->vm_file, -static_cast<long>(pages));
    area_stats::account(mm, newflags, vma->vm_file, static_cast<long>(pages));
    return 0;
}

/// Area by area from `vma`, which contains `start`. Areas before a failure stay changed.
int protect_range(vm_area_struct* vma, vm_area_struct* prev, ulong start, ulong end, ulong access) {
    for (;;) {
        const ulong newflags = access | (vma->vm_flags & ~kAccess);
        if (newflags & ~(newflags >> 4) & kAccess) return -EACCES;
        const ulong stop = min(vma->vm_end, end);
        if (const int error = mprotect_fixup(vma, &prev, start, stop, newflags)) return error;
        start = max(stop, prev->vm_end);
        if (start >= end) return 0;
        vma = prev->vm_next;
        if (!vma || vma->vm_start != start) return range_errors::hole;
    }
}

/// With PROT_GROWSDOWN or PROT_GROWSUP the range reaches to the area's growing end.
int do_mprotect(mm_struct* mm, ulong start, ulong end, ulong access, ulong grows) {
    vm_area_struct* prev;
    vm_area_struct* vma = find_vma_prev(mm, start, &prev);
    if (!vma) return range_errors::hole;
    if (grows & PROT_GROWSDOWN) {
        if (vma->vm_start >= end) return -ENOMEM;
        start = vma->vm_start;
        if (!(vma->vm_flags & VM_GROWSDOWN)) return -EINVAL;
    } else {
        if (vma->vm_start > start) return range_errors::hole;
        if (grows & PROT_GROWSUP) {
            end = vma->vm_end;
            if (!(vma->vm_flags & VM_GROWSUP)) return -EINVAL;
        }
    }
    if (start > vma->vm_start) prev = vma;
    return protect_range(vma, prev, start, end, access);
}

}  // namespace

long sys_mprotect(ulong start, ulong len, ulong prot) {
    constexpr ulong kGrows = PROT_GROWSDOWN | PROT_GROWSUP;
    const ulong grows = range_errors::later_protections ? prot & kGrows : 0;
    prot &= ~grows;
    if (grows == kGrows) return -EINVAL;
    if (start & ~PAGE_MASK) return -EINVAL;
    if (!len) return 0;
    len = PAGE_ALIGN(len);
    const ulong end = start + len;
    if (end <= start) return range_errors::wrap;
    const ulong known =
        PROT_READ | PROT_WRITE | PROT_EXEC | (range_errors::later_protections ? +PROT_SEM : 0ul);
    if (prot & ~known) return -EINVAL;

    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    prot |= implied_exec(prot);
    const int result = do_mprotect(mm, start, end, prot & kAccess, grows);
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return result;
}
