// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of a dump in progress.
#include "mm/policy/core_waiters.h"

#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

void core_waiters::validate(const mm_struct* mm) {
    require(mm->core_waiters >= 0, "INV-44", mm, "core_waiters", static_cast<ulong>(mm->core_waiters), 0);
    require(!mm->core_waiters || mm->core_startup_done, "INV-44", mm, "core_startup_done", 0, 1);
}

#endif
