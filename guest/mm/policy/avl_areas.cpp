// SPDX-License-Identifier: GPL-2.0-or-later
// AVL trees of areas (Adelson-Velsky and Landis, 1962): the heights of a node's two subtrees differ by at
// most one.
#include "mm/policy/avl_areas.h"

#include "mm/audit.h"

namespace {

int height(const vm_area_struct* tree) {
    return tree ? tree->vm_avl_height : 0;
}

void measure(vm_area_struct* node) {
    node->vm_avl_height = static_cast<short>(1 + max(height(node->vm_avl_left), height(node->vm_avl_right)));
}

/// The left child comes up, the node goes down to its right. The new top.
vm_area_struct* lift_left(vm_area_struct* node) {
    vm_area_struct* top = node->vm_avl_left;
    node->vm_avl_left = top->vm_avl_right;
    top->vm_avl_right = node;
    measure(node);
    measure(top);
    return top;
}

vm_area_struct* lift_right(vm_area_struct* node) {
    vm_area_struct* top = node->vm_avl_right;
    node->vm_avl_right = top->vm_avl_left;
    top->vm_avl_left = node;
    measure(node);
    measure(top);
    return top;
}

/// The node's subtrees are AVL trees whose heights differ by two at most: so is the result, by one at most.
vm_area_struct* balanced(vm_area_struct* node) {
    vm_area_struct *left = node->vm_avl_left, *right = node->vm_avl_right;
    if (height(left) > height(right) + 1) {
        if (height(left->vm_avl_left) < height(left->vm_avl_right)) node->vm_avl_left = lift_right(left);
        return lift_left(node);
    }
    if (height(right) > height(left) + 1) {
        if (height(right->vm_avl_right) < height(right->vm_avl_left)) node->vm_avl_right = lift_left(right);
        return lift_right(node);
    }
    measure(node);
    return node;
}

/// The tree with the area in it. It is as deep as the tree, which is not deep (41 levels at the very most).
vm_area_struct* with(vm_area_struct* tree, vm_area_struct* vma) {
    if (!tree) {
        vma->vm_avl_left = vma->vm_avl_right = nullptr;
        vma->vm_avl_height = 1;
        return vma;
    }
    if (vma->vm_end < tree->vm_end) {
        tree->vm_avl_left = with(tree->vm_avl_left, vma);
    } else {
        tree->vm_avl_right = with(tree->vm_avl_right, vma);
    }
    return balanced(tree);
}

/// The tree without its rightmost area, which becomes `*rightmost`.
vm_area_struct* without_rightmost(vm_area_struct* tree, vm_area_struct** rightmost) {
    if (!tree->vm_avl_right) {
        *rightmost = tree;
        return tree->vm_avl_left;
    }
    tree->vm_avl_right = without_rightmost(tree->vm_avl_right, rightmost);
    return balanced(tree);
}

/// The tree without the area at its top: what comes before it takes its place, or what hangs on its right.
vm_area_struct* without_top(vm_area_struct* top) {
    if (!top->vm_avl_left) return top->vm_avl_right;
    vm_area_struct* before;
    vm_area_struct* left = without_rightmost(top->vm_avl_left, &before);
    before->vm_avl_left = left;
    before->vm_avl_right = top->vm_avl_right;
    return balanced(before);
}

/// An area that has just grown over `vma` ends where it does, and is to its left.
vm_area_struct* without(vm_area_struct* tree, const vm_area_struct* vma) {
    BUG_ON(!tree);
    if (tree == vma) return without_top(tree);
    if (vma->vm_end < tree->vm_end) {
        tree->vm_avl_left = without(tree->vm_avl_left, vma);
    } else {
        tree->vm_avl_right = without(tree->vm_avl_right, vma);
    }
    return balanced(tree);
}

}  // namespace

void avl_areas::insert(mm_struct* mm, vm_area_struct* vma, const vma_slot&) {
    if (mm->mmap_avl) {
        mm->mmap_avl = with(mm->mmap_avl, vma);
    } else if (mm->map_count + 1 >= AVL_MIN_MAP_COUNT) {
        vm_area_struct* tree = nullptr;
        for (vm_area_struct* area = mm->mmap; area; area = area->vm_next)
            tree = with(tree, area);
        mm->mmap_avl = tree;
    }
}

void avl_areas::erase(mm_struct* mm, vm_area_struct* vma) {
    if (mm->mmap_avl) mm->mmap_avl = without(mm->mmap_avl, vma);
}

#ifdef CONFIG_DEBUG_VM

namespace {

/// Checks the subtree, whose keys lie in [low, high]; its height.
int checked_height(const mm_struct* mm, const vm_area_struct* tree, ulong low, ulong high) {
    if (!tree) return 0;
    require(low <= tree->vm_end && tree->vm_end <= high, "INV-04", mm, "vm_end of a node", tree->vm_end, low);
    const int left = checked_height(mm, tree->vm_avl_left, low, tree->vm_end);
    const int right = checked_height(mm, tree->vm_avl_right, tree->vm_end, high);
    require(left - right <= 1 && right - left <= 1, "INV-04", mm, "balance of a node",
            static_cast<ulong>(left), static_cast<ulong>(right));
    require_equal("INV-04", mm, "vm_avl_height", static_cast<ulong>(tree->vm_avl_height),
                  static_cast<ulong>(1 + max(left, right)));
    return tree->vm_avl_height;
}

}  // namespace

void avl_areas::validate(const mm_struct* mm) {
    require(mm->mmap_avl || mm->map_count < AVL_MIN_MAP_COUNT, "INV-04", mm, "areas without a tree",
            static_cast<ulong>(mm->map_count), AVL_MIN_MAP_COUNT - 1);
    checked_height(mm, mm->mmap_avl, 0, TASK_SIZE);
}

#endif
