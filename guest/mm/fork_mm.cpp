// SPDX-License-Identifier: GPL-2.0-or-later
// fork's part of memory management: sharing an address space, or making the child's own from the parent's
// (4.5).
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

/// The child's copy of one area, known to the reverse map, not yet to its own mm. Null: out of memory.
vm_area_struct* copy_vma_struct(mm_struct* mm, vm_area_struct* parent) {
    const ulong charged = parent->vm_flags & VM_ACCOUNT ? vma_pages(parent) : 0;
    if (charged && vm_enough_memory(charged)) return nullptr;
    auto* vma = static_cast<vm_area_struct*>(kmem_cache_alloc(vm_area_cachep, GFP_KERNEL));
    if (!vma) {
        vm_unacct_memory(charged);
        return nullptr;
    }
    *vma = *parent;
    vma->vm_flags &= ~VM_LOCKED;
    vma->vm_mm = mm;
    vma->vm_next = nullptr;
    if (vma->vm_file) get_file(vma->vm_file);
    link_file_vma_copy(vma, parent);
    reverse_map::link(vma);
    return vma;
}

void reset_areas(mm_struct* mm, const mm_struct* oldmm) {
    mm->locked_vm = 0;
    mm->mmap = nullptr;
    area_tree::init(mm);
    mm->mmap_cache = nullptr;
    mm->map_count = 0;
    *mm_cpumask(mm) = 0;
    area_search::fork(mm, oldmm);
    reverse_map::fork(mm);
}

void leave_out(mm_struct* mm, const vm_area_struct* vma) {
    area_stats::left_out(mm, vma->vm_flags, vma->vm_file, vma_pages(vma));
}

int copy_vmas(mm_struct* mm, mm_struct* oldmm) {
    vm_area_struct* last = nullptr;  // each area is behind and right of all before it
    for (vm_area_struct* parent = oldmm->mmap; parent; parent = parent->vm_next) {
        if (parent->vm_flags & VM_DONTCOPY) {
            leave_out(mm, parent);
            continue;
        }
        vm_area_struct* vma = copy_vma_struct(mm, parent);
        if (!vma) return -ENOMEM;
        reverse_map::lock(mm, {});  // who scans spaces may know the child already
        __vma_link(mm, vma, {.prev = last, .parent = last});
        reverse_map::unlock(mm, {});
        mm->map_count++;
        last = vma;
        const int error = copy_page_range(mm, oldmm, parent);
        if (vma->vm_ops && vma->vm_ops->open) vma->vm_ops->open(vma);
        if (error) return error;
    }
    return 0;
}

/// Both semaphores are held for writing. The parent's entries have lost their right to be written.
int dup_mmap(mm_struct* mm, mm_struct* oldmm) {
    assert_held_write(&oldmm->mmap_sem);
    down_write(&mm->mmap_sem);
    reset_areas(mm, oldmm);
    mm_list::forking(mm, oldmm);
    const int error = copy_vmas(mm, oldmm);
    flush_tlb_mm(oldmm);
    if (!error) {
        validate_mm(oldmm);
        validate_mm(mm);
    }
    up_write(&mm->mmap_sem);
    return error;
}

/// The parent's semaphore is held from before the copy of the descriptor, so that its counters fit its areas.
traced mm_struct* dup_mm(mm_struct* oldmm, task_struct* child) {
    auto* mm = static_cast<mm_struct*>(kmem_cache_alloc(mm_cachep, GFP_KERNEL));
    if (!mm) return nullptr;
    down_write(&oldmm->mmap_sem);
    *mm = *oldmm;
    if (!mm_init(mm, child)) {
        up_write(&oldmm->mmap_sem);
        kmem_cache_free(mm_cachep, mm);
        return nullptr;
    }
    swap_token::fork(mm);
    program_file::fork(oldmm, mm);
    program_format::fork(mm);
    const int error = dup_mmap(mm, oldmm);
    up_write(&oldmm->mmap_sem);
    if (error) {
        mmput(mm);
        return nullptr;
    }
    mm_list::forked(mm, oldmm);
    space_context::fork(mm, oldmm);
    area_stats::fork(mm);
    return mm;
}

}  // namespace

int copy_mm(ulong clone_flags, task_struct* child) {
    child->min_flt = child->maj_flt = 0;
    child->nvcsw = child->nivcsw = 0;
    child->mm = child->active_mm = nullptr;
    mm_struct* mm = current->mm;
    if (!mm) return 0;  // a kernel thread's child is one, too
    if (clone_flags & CLONE_VM) {
        mmget(mm);
        swap_token::fork(mm);
    } else {
        mm = dup_mm(mm, child);
        if (!mm) return -ENOMEM;
    }
    child->mm = child->active_mm = mm;
    return 0;
}
