// SPDX-License-Identifier: GPL-2.0-or-later
// The heap: brk moves its end byte by byte, do_brk makes anonymous memory (4.13).
#include "kernel/errno.h"
#include "kernel/personality.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

/// Maps or unmaps what lies between the old and the new end. False: the end stays where it is.
bool move_brk(mm_struct* mm, ulong brk) {
    const ulong newbrk = PAGE_ALIGN(brk), oldbrk = PAGE_ALIGN(mm->brk);
    if (oldbrk == newbrk) return true;
    if (brk <= mm->brk) return do_munmap(mm, newbrk, oldbrk - newbrk) == 0;
    if (!heap_limits::may_grow_to(mm, brk, rlimit(RLIMIT_DATA))) return false;
    // One page stays free between the heap and the next area.
    if (find_vma_intersection(mm, oldbrk, newbrk + PAGE_SIZE)) return false;
    return do_brk(oldbrk, newbrk - oldbrk) == oldbrk;
}

int link_anonymous(mm_struct* mm, ulong addr, ulong len, ulong vm_flags, const vma_slot& slot) {
    auto* vma = static_cast<vm_area_struct*>(kmem_cache_zalloc(vm_area_cachep, GFP_KERNEL));
    if (!vma) return -ENOMEM;
    vma->vm_mm = mm;
    vma->vm_start = addr;
    vma->vm_end = addr + len;
    vma->vm_pgoff = anonymous_offsets::made(addr);
    vma->vm_flags = vm_flags;
    vma->vm_page_prot = vm_get_page_prot(vm_flags);
    vma_link(mm, vma, slot);
    return 0;
}

}  // namespace

traced ulong do_brk(ulong addr, ulong len) {
    mm_struct* mm = current->mm;
    assert_held_write(&mm->mmap_sem);
    len = PAGE_ALIGN(len);
    if (!len) return addr;
    if (addr + len > TASK_SIZE || addr + len < addr) return -EINVAL;
    if (addr & ~PAGE_MASK) return -EINVAL;
    const ulong vm_flags = VM_DATA_DEFAULT_FLAGS | implied_exec(VM_READ) | mm->def_flags;
    const ulong pages = len >> PAGE_SHIFT;
    if (vm_flags & VM_LOCKED) {
        if (const int error = may_lock_pages(mm, pages)) return error;
    }

    vma_slot slot{};
    if (const int error = munmap_back(mm, addr, len, &slot)) return error;
    if (!may_expand_vm(mm, pages) || mm->map_count > sysctl_max_map_count) return -ENOMEM;
    if (vm_enough_memory(pages)) return -ENOMEM;
    if (!vma_merge(mm, slot.prev, addr, addr + len, vm_flags, {}, nullptr, anonymous_offsets::made(addr))) {
        if (const int error = link_anonymous(mm, addr, len, vm_flags, slot)) {
            vm_unacct_memory(pages);
            return error;
        }
    }
    grow_total_vm(mm, pages);
    if (vm_flags & VM_LOCKED) {
        mm->locked_vm += pages;
        make_pages_present(addr, addr + len);
    }
    validate_new_area(mm, addr, len);
    return addr;
}

long sys_brk(ulong brk) {
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    if (heap_limits::may_end_at(mm, brk, rlimit(RLIMIT_DATA)) && move_brk(mm, brk)) mm->brk = brk;
    const ulong result = mm->brk;
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return static_cast<long>(result);
}
