// SPDX-License-Identifier: GPL-2.0-or-later
// Which statistics an area belongs to.
#include "mm/policy/kind_stats.h"

#include "mm/audit.h"

void kind_counts::account(mm_struct* mm, ulong flags, const file* filp, long pages) {
    const auto delta = static_cast<ulong>(pages);
    if (filp) {
        mm->shared_vm += delta;
        if ((flags & (VM_EXEC | VM_WRITE)) == VM_EXEC) mm->exec_vm += delta;
    } else if (flags & VM_GROWSDOWN) {
        mm->stack_vm += delta;
    }
    if (flags & (VM_RESERVED | VM_IO)) mm->reserved_vm += delta;
}

#ifdef CONFIG_DEBUG_VM

void kind_counts::validate(const mm_struct* mm, ulong shared, ulong exec, ulong stack, ulong reserved) {
    require_equal("INV-35", mm, "shared_vm", mm->shared_vm, shared);
    require_equal("INV-35", mm, "exec_vm", mm->exec_vm, exec);
    require_equal("INV-35", mm, "stack_vm", mm->stack_vm, stack);
    require_equal("INV-35", mm, "reserved_vm", mm->reserved_vm, reserved);
}

#endif
