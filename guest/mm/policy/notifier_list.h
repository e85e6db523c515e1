// SPDX-License-Identifier: GPL-2.0-or-later
// Who else keeps translations of a space: listeners that registered with it (mmu_notifier.h, 4.29).
#pragma once

#include "mm/mmu_notifier.h"

struct notifier_list {
    /// Around a change of entries of [start, end): range(mm, start, end).
    using range = mmu_notifier_range;

    static void init(mm_struct* mm) { mm->mmu_notifier_mm = nullptr; }
    /// The space ends; its structure goes.
    static void release(mm_struct* mm) { mmu_notifier_release(mm); }
    static void destroy(mm_struct* mm) { mmu_notifier_mm_destroy(mm); }

    // One entry. page_table_lock held.
    static void invalidate_page(mm_struct* mm, ulong address) { mmu_notifier_invalidate_page(mm, address); }
    /// True if a listener has used the page since the last call.
    static bool clear_flush_young(mm_struct* mm, ulong address) {
        return mmu_notifier_clear_flush_young(mm, address);
    }

    /// Debug build: panics if the list is not sound (INV-42); how many listen.
    static ulong validate(mm_struct* mm);
};
