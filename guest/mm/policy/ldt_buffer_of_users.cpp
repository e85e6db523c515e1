// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of an LDT.
#include "arch/ldt_buffer.h"
#include "mm/audit.h"
#include "mm/vmalloc.h"

#ifdef CONFIG_DEBUG_VM

void validate_segments(const mm_struct* mm) {
    const ulong table = reinterpret_cast<ulong>(mm->context.segments);
    require(!table || (table >= VMALLOC_START() && table < VMALLOC_END && (table & ~PAGE_MASK) == 0),
            "INV-38", mm, "context.segments", table, 0);
}

#endif
