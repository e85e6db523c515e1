// SPDX-License-Identifier: GPL-2.0-or-later
// The areas that show a file: a priority search tree by their part of it (prio_tree.h), and a list of those
// whose places do not tell which page they show (VM_NONLINEAR). Both hang on the file's address_space.
#pragma once

#include "mm/mm_types.h"

struct prio_tree_areas {
    /// The lock of the file's areas, i_mmap_lock; nothing to do for an area without a file.
    static void lock(const vm_area_struct* vma);
    static void unlock(const vm_area_struct* vma);

    // The area has a file, and the lock is held.
    static void insert(vm_area_struct* vma);
    static void remove(vm_area_struct* vma);
    /// The pages of the area that a truncation takes are out of it.
    static void was_cut(vm_area_struct*) {}
    /// How often a part was cut off the area's file. The lock is held.
    static unsigned truncations_of(const vm_area_struct* vma);
    /// fork: `vma` shows what `parent`, which the file knows, does.
    static void insert_copy(vm_area_struct* vma, vm_area_struct* parent);
};
