// SPDX-License-Identifier: GPL-2.0-or-later
// The page tables of the user half are not counted.
#pragma once

#include "mm/mm_types.h"

struct uncounted_tables {
    static constexpr bool counted = false;
    static void reset(mm_struct*) {}
    static void add(mm_struct*) {}
    static void sub(mm_struct*) {}
    static ulong count(const mm_struct*) { return 0; }
};
