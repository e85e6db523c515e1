// SPDX-License-Identifier: GPL-2.0-or-later
// Nodes of red-black trees with a member for the colour, as they were before 2.6.18 (MM_FACTS 3.4, INV-05).
#pragma once

#include "lib/types.h"

struct rb_node {
    rb_node* rb_parent;
    int rb_color;  // RB_RED or RB_BLACK
    rb_node* rb_right;
    rb_node* rb_left;
};

inline rb_node* rb_parent(const rb_node* node) {
    return node->rb_parent;
}
inline ulong rb_color(const rb_node* node) {
    return static_cast<ulong>(node->rb_color);
}
inline void rb_set_parent(rb_node* node, rb_node* parent) {
    node->rb_parent = parent;
}
inline void rb_set_color(rb_node* node, ulong color) {
    node->rb_color = static_cast<int>(color);
}
