// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of what a descriptor says of its program, and of who uses it (INV-13, 14, 16, 19,
// 26, 37, 45, 48, 49).
#include "kernel/sched.h"
#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

namespace {

/// exec sets these one after the other; fork's child has all of its parent's.
bool exec_is_finished(const mm_struct* mm) {
    return mm->env_end && mm->start_brk;
}

void check_order(const mm_struct* mm, const char* rule, const char* what, ulong low, ulong high,
                 ulong limit) {
    require(low <= high, rule, mm, what, high, low);
    require(high <= limit, rule, mm, what, high, limit);
}

void check_program(const mm_struct* mm) {
    check_order(mm, "INV-16", "end_code", mm->start_code, mm->end_code, TASK_SIZE - 1);
    check_order(mm, "INV-16", "end_data", mm->start_data, mm->end_data, TASK_SIZE - 1);
    check_order(mm, "INV-16", "start_brk", mm->end_data, mm->start_brk, TASK_SIZE - 1);
    check_order(mm, "INV-16", "brk", mm->start_brk, mm->brk, TASK_SIZE - 1);
    check_order(mm, "INV-19", "arg_start", mm->start_stack + 1, mm->arg_start, TASK_SIZE);
    check_order(mm, "INV-19", "arg_end", mm->arg_start, mm->arg_end, TASK_SIZE);
    require_equal("INV-19", mm, "env_start", mm->env_start, mm->arg_end);
    check_order(mm, "INV-19", "env_end", mm->env_start, mm->env_end, TASK_SIZE);
    require_equal("INV-48", mm, "task_size", area_search::limit(mm), TASK_SIZE);
}

void check_auxv(const mm_struct* mm) {
    bool ended = false;
    const ulong* vector = aux_vector::get(mm);
    for (unsigned i = 0; i + 1 < aux_vector::words; i += 2) {
        const ulong id = vector[i], value = vector[i + 1];
        require(!ended || (id == 0 && value == 0), "INV-45", mm, "saved_auxv behind its end", id, value);
        ended |= id == 0;
    }
    require(ended, "INV-45", mm, "end of saved_auxv", 0, 1);
}

void check_users(const mm_struct* mm) {
    const int users = atomic_read(&mm->mm_users), count = atomic_read(&mm->mm_count);
    require(users >= 0, "INV-13", mm, "mm_users", static_cast<ulong>(users), 1);
    require(count >= 1, "INV-14", mm, "mm_count", static_cast<ulong>(count), 1);
    if (current->mm == mm) {
        require(users >= 1, "INV-13", mm, "mm_users of the running task's mm", static_cast<ulong>(users), 1);
        require(current->active_mm == mm, "INV-26", mm, "active_mm",
                reinterpret_cast<ulong>(current->active_mm), reinterpret_cast<ulong>(mm));
    }
}

}  // namespace

void check_values(const mm_struct* mm) {
    check_users(mm);
    require_equal("INV-37", mm, "unknown flags", dump_permission::unknown(mm), 0);
    if (!exec_is_finished(mm)) return;
    check_program(mm);
    check_auxv(mm);
}

void check_offset(const vm_area_struct* vma) {
    if (!vma->vm_file) return;
    require(vma->vm_pgoff + (vma_pages(vma) - 1) >= vma->vm_pgoff, "INV-49", vma->vm_mm, "vm_pgoff",
            vma->vm_pgoff, vma_pages(vma));
}

#endif
