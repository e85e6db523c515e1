// SPDX-License-Identifier: GPL-2.0-or-later
// The AIO contexts of a space: a chain, the newest first, under a reader-writer lock; and one built into the
// descriptor, for requests whose end is waited for (4.30). fork's child has none of its parent's.
#pragma once

#include "mm/mm_types.h"

struct ioctx_chain {
    static void init(mm_struct* mm);

    /// The chain has the context's first reference from now on.
    static void add(kioctx* ctx);
    /// True if this call took it out: the reference is the caller's.
    static bool remove(kioctx* ctx);
    /// The context with this handle that is not dead, or any (`first`), with a reference; or null.
    static kioctx* find(mm_struct* mm, ulong handle);
    static kioctx* first(mm_struct* mm);

    /// Debug build: panics if the chain is not sound (INV-43); how many contexts are on it.
    static ulong validate(mm_struct* mm);
};
