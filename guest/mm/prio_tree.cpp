// SPDX-License-Identifier: GPL-2.0-or-later
// The priority search tree's nodes: insertion, removal, search.
//
// Each node stands where the bits of its interval lead, as high up as the heap order lets it. Of two nodes
// that want a place the greater one gets it, where "greater" is total: the later end, then the earlier start.
// So the tree of a set of intervals does not depend on the order in which they came.
#include "mm/prio_tree.h"

namespace {

constexpr unsigned kIndexBits = 8 * sizeof(ulong);

struct interval {
    ulong radix, heap;
    explicit interval(const prio_tree_node* node)
        : radix(prio_tree_radix_index(node)), heap(prio_tree_heap_index(node)) {}
    bool operator==(const interval&) const = default;
    bool above(const interval& other) const {
        return heap != other.heap ? heap > other.heap : radix < other.radix;
    }
};

bool has_left(const prio_tree_node* node) {
    return node->left != node;
}
bool has_right(const prio_tree_node* node) {
    return node->right != node;
}
bool is_root(const prio_tree_node* node) {
    return node->parent == node;
}
void make_lone(prio_tree_node* node) {
    node->left = node->right = node->parent = node;
}

ulong max_index(const prio_tree_root* root) {
    return root->index_bits >= kIndexBits ? ~0ul : (1ul << root->index_bits) - 1;
}

/// The bit of the radix index that chooses between the children of a node at `depth`; 0 below the last one.
ulong radix_bit(const prio_tree_root* root, unsigned depth) {
    return depth < root->index_bits ? 1ul << (root->index_bits - 1 - depth) : 0;
}

/// Whether an interval's place below a node at `depth` is to the right.
bool goes_right(const prio_tree_root* root, const interval& i, unsigned depth) {
    if (const ulong bit = radix_bit(root, depth)) return i.radix & bit;
    const unsigned size_level = depth - root->index_bits;
    BUG_ON(size_level >= kIndexBits);  // two intervals with one start and one size would be equal
    return (i.heap - i.radix) & (1ul << (kIndexBits - 1 - size_level));
}

void attach(prio_tree_node* parent, bool right, prio_tree_node* child) {
    (right ? parent->right : parent->left) = child;
    child->parent = parent;
}

/// Makes room for larger indices. A bit more puts the whole tree one step down to the left, and the greatest
/// node takes the new place at the top.
void expand(prio_tree_root* root, ulong heap_index) {
    while (heap_index > max_index(root)) {
        prio_tree_node* top = root->prio_tree_node;
        if (!top) {
            root->index_bits++;
            continue;
        }
        const u16 bits = root->index_bits;
        prio_tree_remove(root, top);  // an empty tree forgets its bits
        root->index_bits = static_cast<u16>(bits + 1);
        make_lone(top);
        if (prio_tree_node* rest = root->prio_tree_node) attach(top, false, rest);
        root->prio_tree_node = top;
    }
}

/// `child` and its parent `node` exchange their places.
void exchange(prio_tree_root* root, prio_tree_node* node, prio_tree_node* child) {
    const prio_tree_node below = *child;
    const bool right = node->right == child;
    prio_tree_node* other = right ? node->left : node->right;

    if (is_root(node)) {
        child->parent = child;
        root->prio_tree_node = child;
    } else {
        attach(node->parent, node->parent->right == node, child);
    }
    child->left = child->right = child;
    attach(child, right, node);
    if (other != node) attach(child, !right, other);

    node->left = node->right = node;
    if (below.left != child) attach(node, false, below.left);
    if (below.right != child) attach(node, true, below.right);
}

/// The child that may take its parent's place, or null.
prio_tree_node* greater_child(const prio_tree_node* node) {
    if (!has_left(node)) return has_right(node) ? node->right : nullptr;
    if (!has_right(node)) return node->left;
    return interval(node->right).above(interval(node->left)) ? node->right : node->left;
}

}  // namespace

ulong prio_tree_radix_index(const prio_tree_node* node) {
    return container_of(const_cast<prio_tree_node*>(node), vm_area_struct, shared.prio_tree_node)->vm_pgoff;
}

ulong prio_tree_heap_index(const prio_tree_node* node) {
    const auto* vma = container_of(const_cast<prio_tree_node*>(node), vm_area_struct, shared.prio_tree_node);
    return vma->vm_pgoff + ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT) - 1;
}

prio_tree_node* prio_tree_insert(prio_tree_root* root, prio_tree_node* node) {
    interval wanted(node);
    expand(root, wanted.heap);
    make_lone(node);
    prio_tree_node* at = root->prio_tree_node;
    if (!at) return root->prio_tree_node = node;

    prio_tree_node* const inserted = node;
    for (unsigned depth = 0;; depth++) {
        const interval present(at);
        if (present == wanted) return at;  // nothing was displaced: equal intervals go the same way
        if (wanted.above(present)) {
            prio_tree_replace(root, at, node);
            prio_tree_node* const displaced = at;
            at = node;
            node = displaced;
            make_lone(node);
            wanted = present;
        }
        const bool right = goes_right(root, wanted, depth);
        if (right ? !has_right(at) : !has_left(at)) {
            attach(at, right, node);
            return inserted;
        }
        at = right ? at->right : at->left;
    }
}

void prio_tree_remove(prio_tree_root* root, prio_tree_node* node) {
    while (prio_tree_node* child = greater_child(node))
        exchange(root, node, child);
    if (is_root(node)) {
        BUG_ON(root->prio_tree_node != node);
        INIT_PRIO_TREE_ROOT(root);
    } else if (node->parent->left == node) {
        node->parent->left = node->parent;
    } else {
        BUG_ON(node->parent->right != node);
        node->parent->right = node->parent;
    }
}

void prio_tree_replace(prio_tree_root* root, prio_tree_node* old, prio_tree_node* node) {
    make_lone(node);
    if (is_root(old)) {
        BUG_ON(root->prio_tree_node != old);
        root->prio_tree_node = node;
    } else {
        attach(old->parent, old->parent->right == old, node);
    }
    if (has_left(old)) attach(node, false, old->left);
    if (has_right(old)) attach(node, true, old->right);
}

// Search ------------------------------------------------------------------------------------------------

namespace {

bool reaches(const prio_tree_node* subtree, ulong first) {
    return prio_tree_heap_index(subtree) >= first;
}

bool enter_left(prio_tree_iter* iter) {
    prio_tree_node* node = iter->node;
    if (!has_left(node) || !reaches(node->left, iter->first)) return false;
    iter->node = node->left;
    iter->depth++;
    return true;
}

bool enter_right(prio_tree_iter* iter) {
    prio_tree_node* node = iter->node;
    const ulong lowest = iter->lowest | radix_bit(iter->root, iter->depth);
    if (!has_right(node) || lowest > iter->last || !reaches(node->right, iter->first)) return false;
    iter->node = node->right;
    iter->depth++;
    iter->lowest = lowest;
    return true;
}

/// Up to the parent; false from the root. `*from_left`: which half of the parent is done.
bool leave(prio_tree_iter* iter, bool* from_left) {
    prio_tree_node* node = iter->node;
    if (is_root(node)) return false;
    *from_left = node->parent->left == node;
    iter->node = node->parent;
    iter->depth--;
    if (!*from_left) iter->lowest &= ~radix_bit(iter->root, iter->depth);
    return true;
}

/// One step of the walk over all nodes that the bounds do not exclude: a node before what is below it.
bool step(prio_tree_iter* iter) {
    if (!iter->node) {
        iter->node = iter->root->prio_tree_node;
        return iter->node && reaches(iter->node, iter->first);
    }
    if (enter_left(iter) || enter_right(iter)) return true;
    for (bool from_left; leave(iter, &from_left);) {
        if (from_left && enter_right(iter)) return true;
    }
    return false;
}

}  // namespace

prio_tree_node* prio_tree_next(prio_tree_iter* iter) {
    while (step(iter)) {
        if (prio_tree_radix_index(iter->node) <= iter->last) return iter->node;
    }
    return nullptr;
}
