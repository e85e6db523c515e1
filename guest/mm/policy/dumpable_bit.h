// SPDX-License-Identifier: GPL-2.0-or-later
// May the space be dumped: one bit, which fork inherits and exec sets anew (4.26).
#pragma once

#include "mm/mm_types.h"

struct dumpable_bit {
    /// A new space begins with 0, a copy with its parent's.
    static void init(mm_struct*, const mm_struct*) {}

    /// 0 no dump, 1 dump. There is no dump for the superuser alone: 2 is none.
    static void set(mm_struct* mm, int value) { mm->dumpable = value == 1; }
    static int get(const mm_struct* mm) { return mm->dumpable; }

    /// Bits that mean nothing (INV-37): there is room for none.
    static ulong unknown(const mm_struct*) { return 0; }
};
