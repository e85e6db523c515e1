// SPDX-License-Identifier: GPL-2.0-or-later
// exec in the space that is there.
#include "mm/policy/same_space_for_exec.h"

#include "mm/internal.h"

namespace {

/// The page tables of `from` are `to`'s now. Both are held, `to` is empty.
void move_tables(mm_struct* to, mm_struct* from) {
    spin_guard guard(&to->page_table_lock);
    for (unsigned i = 0; i < USER_PTRS_PER_PGD; i++) {
        to->pgd[i] = from->pgd[i];
        from->pgd[i].pgd = 0;
    }
    to->rss = from->rss;
    from->rss = 0;
}

/// The only area of `from`, the new stack, goes over.
void move_stack(mm_struct* to, mm_struct* from) {
    vm_area_struct* stack = from->mmap;
    from->mmap = from->mmap_cache = nullptr;
    area_tree::init(from);
    from->map_count = 0;
    to->total_vm = from->total_vm;
    from->total_vm = 0;
    stack->vm_mm = to;
    spin_guard guard(&to->page_table_lock);
    __vma_link(to, stack, {});
    to->map_count = 1;
}

/// Nothing is known of the new program yet.
void forget_program(mm_struct* mm) {
    mm->start_code = mm->end_code = mm->start_data = mm->end_data = 0;
    mm->start_brk = mm->brk = mm->start_stack = 0;
    mm->arg_start = mm->arg_end = mm->env_start = mm->env_end = 0;
}

}  // namespace

void same_space_for_exec::move_in(mm_struct* old_mm, mm_struct* mm) {
    down_write(&old_mm->mmap_sem);
    exit_mmap(old_mm);
    forget_program(old_mm);
    down_write(&mm->mmap_sem);
    move_tables(old_mm, mm);
    move_stack(old_mm, mm);
    up_write(&mm->mmap_sem);
    flush_tlb_mm(old_mm);
    up_write(&old_mm->mmap_sem);
    mmput(mm);
}
