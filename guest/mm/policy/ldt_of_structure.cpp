// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of an LDT that grows by pages.
#include "mm/policy/ldt_of_structure.h"

#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

void ldt_of_structure::validate(const mm_struct* mm) {
    const auto size = static_cast<ulong>(mm->context.size);
    require(size % 512 == 0 && size <= 8192, "INV-38", mm, "context.size", size, 8192);
    require_equal("INV-38", mm, "context.ldt", mm->context.ldt != nullptr, size != 0);
}

#endif
