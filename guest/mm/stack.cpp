// SPDX-License-Identifier: GPL-2.0-or-later
// Areas that grow downwards when they are touched below their start (4.18).
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

/// Limits and counters for `grow` pages more, `size` bytes in all. 0 or -ENOMEM.
int acct_stack_growth(vm_area_struct* vma, ulong size, ulong grow) {
    mm_struct* mm = vma->vm_mm;
    if (!may_expand_vm(mm, grow)) return -ENOMEM;
    if (size > rlimit(RLIMIT_STACK)) return -ENOMEM;
    const bool locked = vma->vm_flags & VM_LOCKED;
    if (locked && may_lock_pages(mm, grow)) return -ENOMEM;
    if (vm_enough_memory(grow)) return -ENOMEM;
    grow_total_vm(mm, grow);
    if (locked) mm->locked_vm += grow;
    area_stats::account(mm, vma->vm_flags, vma->vm_file, static_cast<long>(grow));
    return 0;
}

}  // namespace

/// Several threads may come here with mmap_sem held for reading: range_lock lets one at a time through, and
/// whoever goes from frames to addresses sees start and offset fit together.
traced int expand_stack(vm_area_struct* vma, ulong address) {
    assert_held(&vma->vm_mm->mmap_sem);
    if (reverse_map::prepare(vma)) return -ENOMEM;
    address &= PAGE_MASK;
    spin_guard guard(reverse_map::range_lock(vma));
    if (address >= vma->vm_start) return 0;  // another thread was faster
    const ulong grow = (vma->vm_start - address) >> PAGE_SHIFT;
    if (vma->vm_file && grow > vma->vm_pgoff) return -ENOMEM;  // nothing is before a file (INV-49)
    if (const int error = acct_stack_growth(vma, vma->vm_end - address, grow)) return error;
    vma->vm_start = address;
    vma->vm_pgoff -= grow;
    vm_stat.stack_grown++;
    return 0;
}

vm_area_struct* find_extend_vma(mm_struct* mm, ulong addr) {
    addr &= PAGE_MASK;
    vm_area_struct* vma = find_vma(mm, addr);
    if (!vma || vma->vm_start <= addr) return vma;
    if (!(vma->vm_flags & VM_GROWSDOWN)) return nullptr;
    const ulong old_start = vma->vm_start;
    if (expand_stack(vma, addr)) return nullptr;
    if (vma->vm_flags & VM_LOCKED) make_pages_present(addr, old_start);
    return vma;
}
