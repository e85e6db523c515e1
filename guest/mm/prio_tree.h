// SPDX-License-Identifier: GPL-2.0-or-later
// The priority search tree: which areas of a file show a given page of it (MM_FACTS 4.22, INV-32).
//
// An area shows the pages [radix index, heap index] = [vm_pgoff, vm_pgoff + pages - 1] of its file. The tree
// is a heap by the heap index (no area below a node ends behind the node's own), and the way down is spelled
// by the bits of the radix index, the highest first; once these are used up, by the bits of the area's size.
// A node without a left or right child points to itself there, and the root is its own parent.
//
// Areas with equal intervals share one node: the others hang off it in a list (vm_set):
//
//   parent      head        the area is
//   not null    null        a node of the tree, alone
//   not null    not null    a node of the tree; head is the first of the others
//   null        not null    the first of the others; head is the node
//   null        null        one of the rest, chained to the first by vm_set.list
#pragma once

#include "mm/mm_types.h"

struct prio_tree_root {
    ::prio_tree_node* prio_tree_node;  // null: empty
    u16 index_bits;                    // no heap index in the tree needs more bits; at least 1
    u16 raw;                           // 1: nodes keep no indices, their areas give them
};
inline void INIT_PRIO_TREE_ROOT(prio_tree_root* root) {
    *root = prio_tree_root{.prio_tree_node = nullptr, .index_bits = 1, .raw = 1};
}

/// First and last page that the node's area shows.
ulong prio_tree_radix_index(const prio_tree_node* node);
ulong prio_tree_heap_index(const prio_tree_node* node);

// Nodes. The root's lock (i_mmap_lock) is held; an area's interval must not change while it is in the tree.
/// Puts `node` in and returns it; or changes nothing and returns the node that has the same interval.
prio_tree_node* prio_tree_insert(prio_tree_root* root, prio_tree_node* node);
void prio_tree_remove(prio_tree_root* root, prio_tree_node* node);
/// `node`, of the same interval, takes the place of `old`.
void prio_tree_replace(prio_tree_root* root, prio_tree_node* old, prio_tree_node* node);

/// A walk over all areas that show a page of [first, last], each once. The order depends on the intervals,
/// and among equal ones on when they came.
struct prio_tree_iter {
    const prio_tree_root* root;
    ulong first, last;
    prio_tree_node* node;  // null before the first step
    unsigned depth;        // of node below the root
    ulong lowest;          // radix index that can be below node
};
inline prio_tree_iter prio_tree_range(const prio_tree_root* root, ulong first, ulong last) {
    return {.root = root, .first = first, .last = last, .node = nullptr, .depth = 0, .lowest = 0};
}
/// The next node of the walk, or null.
prio_tree_node* prio_tree_next(prio_tree_iter* iter);

// Areas: nodes and the lists that hang off them. i_mmap_lock held.
void vma_prio_tree_insert(vm_area_struct* vma, prio_tree_root* root);
/// The same for a copy of `old`, which is there: with the same interval, so next to it, without a search.
/// Also for nonlinear areas, which are in no tree.
void vma_prio_tree_add(vm_area_struct* vma, vm_area_struct* old);
void vma_prio_tree_remove(vm_area_struct* vma, prio_tree_root* root);
/// The area after `vma` in a walk (null: the first), or null at the end.
vm_area_struct* vma_prio_tree_next(vm_area_struct* vma, prio_tree_iter* iter);
/// A nonlinear area may show any page of its file: it is in the list instead of the tree.
void vma_nonlinear_insert(vm_area_struct* vma, list_head* list);

#define vma_prio_tree_foreach(vma, iter) \
    for (vma = vma_prio_tree_next(nullptr, iter); vma; vma = vma_prio_tree_next(vma, iter))
