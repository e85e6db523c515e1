// SPDX-License-Identifier: GPL-2.0-or-later
// The AIO contexts of a space: a list, the newest first, under a spin lock of its own (4.30). fork's child
// has none.
#pragma once

#include "mm/mm_types.h"

struct kioctx;

struct ioctx_hlist {
    static void init(mm_struct* mm) {
        spin_lock_init(&mm->ioctx_lock);
        INIT_HLIST_HEAD(&mm->ioctx_list);
    }

    /// The list has the context's first reference from now on.
    static void add(kioctx* ctx);
    /// True if this call took it out: the reference is the caller's.
    static bool remove(kioctx* ctx);
    /// The context with this handle that is not dead, or any (`first`), with a reference; or null.
    static kioctx* find(mm_struct* mm, ulong handle);
    static kioctx* first(mm_struct* mm);

    /// Debug build: panics if the list is not sound (INV-43); how many contexts are on it.
    static ulong validate(mm_struct* mm);
};
