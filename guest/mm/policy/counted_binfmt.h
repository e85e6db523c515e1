// SPDX-License-Identifier: GPL-2.0-or-later
// The format of a space's program stands in the space, which counts among the format's users.
#pragma once

#include "mm/mm_types.h"

struct counted_binfmt {
    /// The format that loaded the program of the space; null for none.
    static linux_binfmt* get(const mm_struct* mm) { return mm->binfmt; }
    static void set(mm_struct* mm, linux_binfmt* format);
    /// fork: the child is a copy of its parent's descriptor.
    static void fork(mm_struct* mm);
    /// The space ends.
    static void put(mm_struct* mm) { set(mm, nullptr); }
};
