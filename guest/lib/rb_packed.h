// SPDX-License-Identifier: GPL-2.0-or-later
// Nodes of red-black trees whose parent pointer carries the colour in bit 0 (1 = black), as from 2.6.18 on
// (MM_FACTS INV-05).
#pragma once

#include "lib/types.h"

struct rb_node {
    ulong rb_parent_color;
    rb_node* rb_right;
    rb_node* rb_left;
} __attribute__((aligned(sizeof(long))));

inline rb_node* rb_parent(const rb_node* node) {
    return reinterpret_cast<rb_node*>(node->rb_parent_color & ~3ul);
}
inline ulong rb_color(const rb_node* node) {
    return node->rb_parent_color & 1;
}
inline void rb_set_parent(rb_node* node, rb_node* parent) {
    node->rb_parent_color = reinterpret_cast<ulong>(parent) | rb_color(node);
}
inline void rb_set_color(rb_node* node, ulong color) {
    node->rb_parent_color = (node->rb_parent_color & ~1ul) | color;
}
