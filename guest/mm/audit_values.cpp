// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of what a descriptor says of its program, and of who uses it (INV-07, 13, 14,
// 16 - 19, 26, 37, 45, 48, 49).
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
    check_order(mm, "INV-16", "brk", heap_limits::lowest(mm), mm->brk, TASK_SIZE - 1);
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
    if (aux_vector::kept) check_auxv(mm);
}

void validate_new_program(mm_struct* mm) {
    const ulong heap_end = PAGE_ALIGN(mm->brk);
    for (ulong at = PAGE_ALIGN(mm->start_brk); at < heap_end;) {
        const vm_area_struct* vma = find_vma(mm, at);
        const bool heap = vma && vma->vm_start <= at && !vma->vm_file &&
                          (vma->vm_flags & (VM_READ | VM_WRITE)) == (VM_READ | VM_WRITE);
        require(heap, "INV-17", mm, "anonymous memory of the heap from", at, heap_end);
        at = vma->vm_end;
    }
    const vm_area_struct* stack = find_vma(mm, mm->start_stack);
    require(stack && stack->vm_start <= mm->start_stack && (stack->vm_flags & VM_GROWSDOWN), "INV-18", mm,
            "start_stack in a stack", mm->start_stack, STACK_TOP);
    require_equal("INV-18", mm, "end of the stack", stack->vm_end, STACK_TOP);
}

namespace {

/// Two neighbours without files that one area could be (4.11).
bool could_be_one(const vm_area_struct* left, const vm_area_struct* right) {
    if (!merge_rules::joins_mapped) return false;
    if (!left || !right || left->vm_end != right->vm_start) return false;
    if (left->vm_file || right->vm_file || (left->vm_flags & (VM_SHARED | merge_rules::never_merged)))
        return false;
    return merge_rules::alike(left, right->vm_flags, nullptr, reverse_map::origin_of(right)) &&
           merge_rules::continues(left, right->vm_pgoff);
}

}  // namespace

void validate_new_area(mm_struct* mm, ulong start, ulong len) {
    vm_area_struct* prev;
    const vm_area_struct* vma = find_vma_prev(mm, start, &prev);
    require(vma && vma->vm_start <= start, "INV-07", mm, "area of a new mapping", start, len);
    if (vma->vm_start == start) {
        require(!could_be_one(prev, vma), "INV-07", mm, "equal areas meet at", start, 0);
    }
    if (vma->vm_end == start + len) {
        require(!could_be_one(vma, vma->vm_next), "INV-07", mm, "equal areas meet at", start + len, 0);
    }
}

void check_offset(const vm_area_struct* vma) {
    if (!vma->vm_file) return;
    require(vma->vm_pgoff + (vma_pages(vma) - 1) >= vma->vm_pgoff, "INV-49", vma->vm_mm, "vm_pgoff",
            vma->vm_pgoff, vma_pages(vma));
}

#endif
