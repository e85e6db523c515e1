// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of the listeners.
#include "mm/policy/notifier_list.h"

#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

ulong notifier_list::validate(mm_struct* mm) {
    mmu_notifier_mm* holder = mm->mmu_notifier_mm;
    if (!holder) return 0;
    const auto at = reinterpret_cast<ulong>(holder);
    require(at >= PAGE_OFFSET, "INV-42", mm, "mmu_notifier_mm", at, PAGE_OFFSET);
    spin_guard guard(&holder->lock);
    return checked_length(mm, &holder->list, "INV-42");
}

#endif
