// SPDX-License-Identifier: GPL-2.0-or-later
// Area tree: a red-black tree by vm_start, mm->mm_rb and vma->vm_rb. All areas are always in it.
#pragma once

#include "mm/mm_types.h"
#include "mm/vma_slot.h"

struct rb_areas {
    static constexpr void init(mm_struct* mm) { mm->mm_rb = RB_ROOT; }

    // A search goes down from the root: areas at lower addresses are to the left. Null: nothing there.
    static vm_area_struct* root(const mm_struct* mm) { return area_of(mm->mm_rb.rb_node); }
    static vm_area_struct* left(const vm_area_struct* vma) { return area_of(vma->vm_rb.rb_left); }
    static vm_area_struct* right(const vm_area_struct* vma) { return area_of(vma->vm_rb.rb_right); }

    /// mmap_sem is held for writing, as for erase.
    static void insert(mm_struct* mm, vm_area_struct* vma, const vma_slot& slot) {
        rb_link_node(&vma->vm_rb, slot.parent ? &slot.parent->vm_rb : nullptr, link_of(mm, slot));
        rb_insert_color(&vma->vm_rb, &mm->mm_rb);
    }
    static void erase(mm_struct* mm, vm_area_struct* vma) { rb_erase(&vma->vm_rb, &mm->mm_rb); }

    /// Debug build: panics if the tree is not a red-black tree (INV-05).
    static void validate(const mm_struct* mm);

  private:
    static vm_area_struct* area_of(rb_node* node) {
        return node ? rb_entry(node, vm_area_struct, vm_rb) : nullptr;
    }
    static rb_node** link_of(mm_struct* mm, const vma_slot& slot) {
        if (!slot.parent) return &mm->mm_rb.rb_node;
        rb_node& parent = slot.parent->vm_rb;
        return slot.parent == slot.prev ? &parent.rb_right : &parent.rb_left;
    }
};
