// SPDX-License-Identifier: GPL-2.0-or-later
// Red-black trees with the nodes inside the objects. How a node keeps its parent and its colour is the
// edition's choice: rb_packed.h or rb_plain.h.
#pragma once

#include "rb_node.h"  // the edition's: guest/mm/editions/VERSION

struct rb_root {
    struct rb_node* rb_node;
};
#define RB_ROOT (rb_root{nullptr})
#define rb_entry(pointer, type, member) container_of(pointer, type, member)

enum { RB_RED = 0, RB_BLACK = 1 };

/// Hangs a red `node` below `parent` at `*link`; rb_insert_color() must follow.
inline void rb_link_node(rb_node* node, rb_node* parent, rb_node** link) {
    rb_set_parent(node, parent);
    rb_set_color(node, RB_RED);
    node->rb_left = node->rb_right = nullptr;
    *link = node;
}
/// Restores the colours after rb_link_node.
void rb_insert_color(rb_node* node, rb_root* root);
/// Takes `node` out; with two children its in-order successor takes its place.
void rb_erase(rb_node* node, rb_root* root);
/// In-order neighbours and ends; null past the end.
rb_node* rb_first(const rb_root* root);
rb_node* rb_last(const rb_root* root);
rb_node* rb_next(const rb_node* node);
rb_node* rb_prev(const rb_node* node);
