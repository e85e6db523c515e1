// SPDX-License-Identifier: GPL-2.0-or-later
// The areas that show a file, as in prio_tree_areas; each knows which truncation of the file it has seen
// last (vm_truncate_count).
#pragma once

#include "mm/policy/prio_tree_areas.h"

struct marked_areas : prio_tree_areas {
    static void insert(vm_area_struct* vma) {
        prio_tree_areas::insert(vma);
        was_cut(vma);
    }
    static void insert_copy(vm_area_struct* vma, vm_area_struct* parent) {
        prio_tree_areas::insert_copy(vma, parent);
        was_cut(vma);
    }
    /// The pages of the area that a truncation takes are out of it: nobody needs to come again for this one.
    static void was_cut(vm_area_struct* vma) { vma->vm_truncate_count = truncations_of(vma); }
};
