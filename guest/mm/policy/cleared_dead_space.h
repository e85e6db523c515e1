// SPDX-License-Identifier: GPL-2.0-or-later
// A space that has ended has no areas, and all its counters of them say so (4.4, INV-46).
#pragma once

#include "mm/mm_types.h"

template <class AreaTree, class Rss>
struct cleared_dead_space {
    /// Pages and page tables are gone; the areas' structures go next.
    static void clear(mm_struct* mm) {
        spin_guard guard(&mm->page_table_lock);
        mm->mmap = mm->mmap_cache = nullptr;
        AreaTree::init(mm);
        Rss::reset(mm);
        mm->total_vm = mm->locked_vm = 0;
        mm->map_count = 0;
    }
    /// Debug build: does a descriptor without users look as it should? What does not, or null.
    static const char* wrong(const mm_struct* mm) {
        if (mm->mmap || mm->mmap_cache || AreaTree::root(mm)) return "areas of a dead space";
        return mm->map_count || mm->total_vm || mm->locked_vm ? "counters of a dead space" : nullptr;
    }
};
