// SPDX-License-Identifier: GPL-2.0-or-later
// Listeners to the changes of an address space: who keeps translations of his own (a second MMU, a shadow of
// the page table) learns here which of them end (MM_FACTS 4.29).
//
// First touches, locking and growth are not told: they add translations, and take none away. fork does not
// pass listeners on.
#pragma once

#include "mm/mm_types.h"

struct mmu_notifier;

/// Calls to a listener. None may sleep. Any may be null.
struct mmu_notifier_ops {
    /// The space ends (exit_mmap begins) or the listener unregisters: no translation is valid any more. Once.
    void (*release)(mmu_notifier* mn, mm_struct* mm);
    /// One page was looked at for its age: was it used through the listener's translation? Its mark is
    /// cleared. page_table_lock held.
    bool (*clear_flush_young)(mmu_notifier* mn, mm_struct* mm, ulong address);
    /// One entry was cleared or lost rights. page_table_lock held.
    void (*invalidate_page)(mmu_notifier* mn, mm_struct* mm, ulong address);
    /// Entries in [start, end) are about to change; until the matching end none of them may be taken over.
    void (*invalidate_range_start)(mmu_notifier* mn, mm_struct* mm, ulong start, ulong end);
    void (*invalidate_range_end)(mmu_notifier* mn, mm_struct* mm, ulong start, ulong end);
};

struct mmu_notifier {
    hlist_node hlist;  // in mmu_notifier_mm::list; unhashed after release
    const mmu_notifier_ops* ops;
};

/// The listeners of one mm: made by the first registration, freed by the last mmdrop.
struct mmu_notifier_mm {
    hlist_head list;  // of mmu_notifier::hlist. lock; empty once mm_users is 0 (INV-42)
    spinlock_t lock;  // below all others; held while listeners are called, except for release
};

/// The listener is called from now on, until release. Its mm must be in use (mm_users > 0); the listener
/// holds a reference in mm_count. May sleep: takes mmap_sem and the locks of every way to the space's
/// entries. 0 or -ENOMEM.
int mmu_notifier_register(mmu_notifier* mn, mm_struct* mm);
/// Ends it, with release if that was not called yet, and drops the reference: the mm may be gone afterwards.
void mmu_notifier_unregister(mmu_notifier* mn, mm_struct* mm);

void __mmu_notifier_release(mm_struct* mm);
bool __mmu_notifier_clear_flush_young(mm_struct* mm, ulong address);
void __mmu_notifier_invalidate_page(mm_struct* mm, ulong address);
void __mmu_notifier_invalidate_range_start(mm_struct* mm, ulong start, ulong end);
void __mmu_notifier_invalidate_range_end(mm_struct* mm, ulong start, ulong end);
void __mmu_notifier_mm_destroy(mm_struct* mm);

// The calls of memory management: nothing to do for almost every mm.
inline bool mm_has_notifiers(const mm_struct* mm) {
    return mm->mmu_notifier_mm != nullptr;
}
inline void mmu_notifier_release(mm_struct* mm) {
    if (mm_has_notifiers(mm)) __mmu_notifier_release(mm);
}
inline bool mmu_notifier_clear_flush_young(mm_struct* mm, ulong address) {
    return mm_has_notifiers(mm) && __mmu_notifier_clear_flush_young(mm, address);
}
inline void mmu_notifier_invalidate_page(mm_struct* mm, ulong address) {
    if (mm_has_notifiers(mm)) __mmu_notifier_invalidate_page(mm, address);
}
inline void mmu_notifier_invalidate_range_start(mm_struct* mm, ulong start, ulong end) {
    if (mm_has_notifiers(mm)) __mmu_notifier_invalidate_range_start(mm, start, end);
}
inline void mmu_notifier_invalidate_range_end(mm_struct* mm, ulong start, ulong end) {
    if (mm_has_notifiers(mm)) __mmu_notifier_invalidate_range_end(mm, start, end);
}
inline void mmu_notifier_mm_destroy(mm_struct* mm) {
    if (mm_has_notifiers(mm)) __mmu_notifier_mm_destroy(mm);
}

/// The pair of calls around a change of [start, end).
struct mmu_notifier_range {
    mmu_notifier_range(mm_struct* m, ulong from, ulong to) : mm(m), start(from), end(to) {
        mmu_notifier_invalidate_range_start(mm, start, end);
    }
    ~mmu_notifier_range() { mmu_notifier_invalidate_range_end(mm, start, end); }
    mmu_notifier_range(const mmu_notifier_range&) = delete;
    mm_struct* mm;
    ulong start, end;
};
