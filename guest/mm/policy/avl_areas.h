// SPDX-License-Identifier: GPL-2.0-or-later
// Area tree: an AVL tree by vm_end, mm->mmap_avl and vma->vm_avl_*. It is built when a space gets its 32nd
// area, and kept from then on, until the last area goes; before that a search goes along the list, as if it
// were a tree that only has right branches, and what the areas say of the tree means nothing (4.7, INV-04).
#pragma once

#include "mm/mm_types.h"
#include "mm/vma_slot.h"

struct avl_areas {
    static constexpr int AVL_MIN_MAP_COUNT = 32;

    static constexpr void init(mm_struct* mm) { mm->mmap_avl = nullptr; }

    // A search goes down from the root: areas at lower addresses are to the left. Null: nothing there.
    static vm_area_struct* root(const mm_struct* mm) { return mm->mmap_avl ? mm->mmap_avl : mm->mmap; }
    static vm_area_struct* left(const vm_area_struct* vma) {
        return vma->vm_mm->mmap_avl ? vma->vm_avl_left : nullptr;
    }
    static vm_area_struct* right(const vm_area_struct* vma) {
        return vma->vm_mm->mmap_avl ? vma->vm_avl_right : vma->vm_next;
    }

    /// The area is in the list already, and not counted yet. mmap_sem is held for writing, as for erase.
    static void insert(mm_struct* mm, vm_area_struct* vma, const vma_slot& slot);
    static void erase(mm_struct* mm, vm_area_struct* vma);

    /// Debug build: panics if the tree is not an AVL tree, or should be there (INV-04).
    static void validate(const mm_struct* mm);
};
