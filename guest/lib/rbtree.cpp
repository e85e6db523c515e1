// SPDX-License-Identifier: GPL-2.0-or-later
// Red-black trees (Cormen, Leiserson, Rivest, Stein: Introduction to Algorithms, chapter 13), with null
// leaves. Both sides of each case are written once: `side` says on which side of its parent the node hangs.
#include "lib/rbtree.h"

namespace {

enum Side { kLeft, kRight };

Side opposite(Side side) {
    return side == kLeft ? kRight : kLeft;
}
rb_node*& child(rb_node* node, Side side) {
    return side == kLeft ? node->rb_left : node->rb_right;
}
Side side_of(const rb_node* node, const rb_node* parent) {
    return parent->rb_left == node ? kLeft : kRight;
}

bool is_red(const rb_node* node) {
    return node && rb_color(node) == RB_RED;
}
/// `with` (may be null) takes the place of `node` below node's parent.
void replace_in_parent(rb_node* node, rb_node* with, rb_root* root) {
    rb_node* parent = rb_parent(node);
    if (parent) {
        child(parent, side_of(node, parent)) = with;
    } else {
        root->rb_node = with;
    }
    if (with) rb_set_parent(with, parent);
}

/// `node` goes down to `side`; its child of the other side takes its place.
void rotate(rb_node* node, Side side, rb_root* root) {
    rb_node* riser = child(node, opposite(side));
    rb_node* inner = child(riser, side);
    replace_in_parent(node, riser, root);
    child(node, opposite(side)) = inner;
    if (inner) rb_set_parent(inner, node);
    child(riser, side) = node;
    rb_set_parent(node, riser);
}

/// The subtree that hangs on `side` of `parent` lacks one black node on each of its paths. Returns where the
/// lack has moved to, or null if it is made good.
rb_node* refill_black(rb_node* parent, Side side, rb_root* root) {
    rb_node* sibling = child(parent, opposite(side));
    if (is_red(sibling)) {
        rb_set_color(sibling, RB_BLACK);
        rb_set_color(parent, RB_RED);
        rotate(parent, side, root);
        sibling = child(parent, opposite(side));
    }
    if (!is_red(sibling->rb_left) && !is_red(sibling->rb_right)) {
        rb_set_color(sibling, RB_RED);
        return parent;
    }
    if (!is_red(child(sibling, opposite(side)))) {
        rb_set_color(child(sibling, side), RB_BLACK);
        rb_set_color(sibling, RB_RED);
        rotate(sibling, opposite(side), root);
        sibling = child(parent, opposite(side));
    }
    rb_set_color(sibling, rb_color(parent));
    rb_set_color(parent, RB_BLACK);
    rb_set_color(child(sibling, opposite(side)), RB_BLACK);
    rotate(parent, side, root);
    return nullptr;
}

/// A black node has gone; `node` (may be null) stands in its place, below `parent`.
void erase_color(rb_node* node, rb_node* parent, rb_root* root) {
    while (parent && !is_red(node)) {
        // Both children of `parent` null cannot be: a missing black means the other side has one.
        const Side side = parent->rb_left == node ? kLeft : kRight;
        node = refill_black(parent, side, root);
        if (!node) return;
        parent = rb_parent(node);
    }
    if (node) rb_set_color(node, RB_BLACK);
}

rb_node* outermost(rb_node* node, Side side) {
    while (node && child(node, side))
        node = child(node, side);
    return node;
}

rb_node* neighbour(const rb_node* from, Side side) {
    auto* node = const_cast<rb_node*>(from);
    if (child(node, side)) return outermost(child(node, side), opposite(side));
    rb_node* parent = rb_parent(node);
    while (parent && child(parent, side) == node) {
        node = parent;
        parent = rb_parent(node);
    }
    return parent;
}

}  // namespace

void rb_insert_color(rb_node* node, rb_root* root) {
    rb_node* parent;
    while ((parent = rb_parent(node)) && is_red(parent)) {
        rb_node* grandparent = rb_parent(parent);  // exists: a red node is never the root
        const Side side = side_of(parent, grandparent);
        rb_node* uncle = child(grandparent, opposite(side));
        if (is_red(uncle)) {
            rb_set_color(parent, RB_BLACK);
            rb_set_color(uncle, RB_BLACK);
            rb_set_color(grandparent, RB_RED);
            node = grandparent;
            continue;
        }
        if (side_of(node, parent) != side) {
            rotate(parent, side, root);
            node = parent;
            parent = rb_parent(node);
        }
        rb_set_color(parent, RB_BLACK);
        rb_set_color(grandparent, RB_RED);
        rotate(grandparent, opposite(side), root);
    }
    rb_set_color(root->rb_node, RB_BLACK);
}

void rb_erase(rb_node* node, rb_root* root) {
    if (!node->rb_left || !node->rb_right) {
        rb_node* only = node->rb_left ? node->rb_left : node->rb_right;
        rb_node* parent = rb_parent(node);
        replace_in_parent(node, only, root);
        if (rb_color(node) == RB_BLACK) erase_color(only, parent, root);
        return;
    }

    rb_node* successor = outermost(node->rb_right, kLeft);
    const ulong gone = rb_color(successor);
    rb_node* orphan = successor->rb_right;
    rb_node* orphan_parent = rb_parent(successor);
    if (orphan_parent == node) {
        orphan_parent = successor;
    } else {
        replace_in_parent(successor, orphan, root);
        successor->rb_right = node->rb_right;
        rb_set_parent(successor->rb_right, successor);
    }
    replace_in_parent(node, successor, root);
    successor->rb_left = node->rb_left;
    rb_set_parent(successor->rb_left, successor);
    rb_set_color(successor, rb_color(node));
    if (gone == RB_BLACK) erase_color(orphan, orphan_parent, root);
}

rb_node* rb_first(const rb_root* root) {
    return outermost(root->rb_node, kLeft);
}
rb_node* rb_last(const rb_root* root) {
    return outermost(root->rb_node, kRight);
}
rb_node* rb_next(const rb_node* node) {
    return neighbour(node, kRight);
}
rb_node* rb_prev(const rb_node* node) {
    return neighbour(node, kLeft);
}
