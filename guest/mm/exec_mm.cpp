// SPDX-License-Identifier: GPL-2.0-or-later
// exec's part of memory management: a new space with a stack for the arguments, and the change over to it
// (4.6).
#include "kernel/binfmts.h"
#include "kernel/errno.h"
#include "kernel/personality.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/slab.h"
#include "mm/writeback.h"

namespace {

constexpr ulong ARG_MAX = 131072;  // always allowed, whatever the stack's limit

/// One page at the top of user space; it grows downwards as strings are written. 0 or -ENOMEM.
int make_stack_vma(linux_binprm* bprm) {
    mm_struct* mm = bprm->mm;
    auto* vma = static_cast<vm_area_struct*>(kmem_cache_zalloc(vm_area_cachep, GFP_KERNEL));
    if (!vma) return -ENOMEM;
    vma->vm_mm = mm;
    vma->vm_end = STACK_TOP;
    vma->vm_start = STACK_TOP - PAGE_SIZE;
    vma->vm_flags = VM_STACK_FLAGS | implied_exec(VM_READ);
    vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
    down_write(&mm->mmap_sem);
    const int error = insert_vm_struct(mm, vma);
    if (!error) {
        grow_total_vm(mm, 1);
        area_stats::exec(mm);
    }
    up_write(&mm->mmap_sem);
    if (error) {
        kmem_cache_free(vm_area_cachep, vma);
        return error;
    }
    bprm->vma = vma;
    bprm->p = vma->vm_end - 4;  // four zero bytes end the stack
    return 0;
}

/// The strings may take a quarter of what the stack may become.
bool stack_too_big(const vm_area_struct* vma) {
    const ulong size = vma->vm_end - vma->vm_start;
    return size > ARG_MAX && size > rlimit(RLIMIT_STACK) / 4;
}

int copy_to_stack_page(linux_binprm* bprm, ulong at, const void* from, ulong len) {
    page* p = get_user_page(bprm->mm, at, 1);
    if (IS_ERR(p)) return static_cast<int>(PTR_ERR(p)) == -ENOMEM ? -ENOMEM : -E2BIG;
    const bool too_big = stack_too_big(bprm->vma);
    if (!too_big) {
        memcpy(static_cast<char*>(page_address(p)) + (at & ~PAGE_MASK), from, len);
        set_page_dirty(p);  // no entry knows of this write, and the page may have been on its way out
    }
    put_page(p);
    return too_big ? -E2BIG : 0;
}

}  // namespace

int bprm_mm_init(linux_binprm* bprm) {
    bprm->vma = nullptr;
    bprm->mm = mm_alloc();
    if (!bprm->mm) return -ENOMEM;
    const int error = make_stack_vma(bprm);
    if (error) {
        mmput(bprm->mm);
        bprm->mm = nullptr;
    }
    return error;
}

int bprm_copy_to_stack(linux_binprm* bprm, ulong at, const void* from, ulong len) {
    if (at >= STACK_TOP || len > STACK_TOP - at) return -EFAULT;
    int error = 0;
    down_read(&bprm->mm->mmap_sem);
    for (auto* bytes = static_cast<const char*>(from); len && !error;) {
        const ulong chunk = min(len, PAGE_SIZE - (at & ~PAGE_MASK));
        error = copy_to_stack_page(bprm, at, bytes, chunk);
        at += chunk;
        bytes += chunk;
        len -= chunk;
    }
    up_read(&bprm->mm->mmap_sem);
    return error;
}

int exec_mmap(mm_struct* mm) {
    task_struct* task = current;
    mm_struct* old_mm = task->mm;
    mm_release(task, old_mm);
    if (old_mm && exec_space::reuses(old_mm)) {
        exec_space::move_in(old_mm, mm);
        return 0;
    }
    if (old_mm) {
        down_read(&old_mm->mmap_sem);
        // If somebody who shares it is being dumped, this task is to stop for it.
        if (core_dumping::in_progress(old_mm)) {
            up_read(&old_mm->mmap_sem);
            return -EINTR;
        }
    }
    task_lock(task);
    mm_struct* active_mm = task->active_mm;
    task->mm = mm;
    task->active_mm = mm;
    activate_mm(active_mm, mm);
    task_unlock(task);
    area_search::choose(mm);
    mm_list::entered(mm);
    if (!old_mm) {  // a kernel thread gives back what it had borrowed
        mmdrop(active_mm);
        return 0;
    }
    up_read(&old_mm->mmap_sem);
    BUG_ON(active_mm != old_mm);
    space_owner::update_next(old_mm);
    mmput(old_mm);
    return 0;
}

/// The stack does not move: without randomised addresses its top is where bprm_mm_init put it.
int setup_arg_pages(linux_binprm* bprm, ulong stack_top) {
    mm_struct* mm = current->mm;
    vm_area_struct* vma = bprm->vma;
    if (stack_top != vma->vm_end) return -EINVAL;
    down_write(&mm->mmap_sem);
    mm->arg_start = bprm->p;
    vma->vm_flags |= exec_space::stack_flags(mm);
    const ulong start = vma->vm_start - exec_space::extra_stack_pages * PAGE_SIZE;
    const int error = start < vma->vm_start ? expand_stack(vma, start) : 0;
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return error ? -EFAULT : 0;
}
