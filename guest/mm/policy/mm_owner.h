// SPDX-License-Identifier: GPL-2.0-or-later
// One of a space's users is its owner; when he leaves, another one is (4.27). mm->owner is written under
// mmap_sem held for writing and the new owner's alloc_lock, or before anybody else knows the space.
#pragma once

#include "mm/mm_types.h"

struct mm_owner {
    static void init(mm_struct* mm, task_struct* owner) { mm->owner = owner; }
    /// current has left the space, which others may still use. May sleep.
    static void update_next(mm_struct* mm);

    /// Debug build: panics if a task owns a space that it does not use, and does not leave (INV-40). `tasks`
    /// use it now. tasklist_lock held.
    static void validate(const mm_struct* mm, int tasks);
};
