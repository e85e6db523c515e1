// SPDX-License-Identifier: GPL-2.0-or-later
// A space that has ended keeps the last values of its list, its tree and its counters of areas: nobody looks
// at them any more (INV-46).
#pragma once

#include "mm/mm_types.h"

struct stale_dead_space {
    /// Pages and page tables are gone; the areas' structures go next.
    static void clear(mm_struct*) {}
    /// Debug build: does a descriptor without users look as it should? What does not, or null.
    static const char* wrong(const mm_struct*) { return nullptr; }
};
