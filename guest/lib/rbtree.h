// SPDX-License-Identifier: GPL-2.0-or-later
// Red-black trees with the nodes inside the objects. The parent pointer carries the colour in bit 0
// (1 = black), as the 2.6.28 edition of the descriptors has it (MM_FACTS INV-05).
#pragma once

#include "lib/types.h"

struct rb_node {
    ulong rb_parent_color;
    rb_node* rb_right;
    rb_node* rb_left;
} __attribute__((aligned(sizeof(long))));

struct rb_root {
    struct rb_node* rb_node;
};
#define RB_ROOT (rb_root{nullptr})
#define rb_entry(pointer, type, member) container_of(pointer, type, member)

enum { RB_RED = 0, RB_BLACK = 1 };

inline rb_node* rb_parent(const rb_node* node) {
    return reinterpret_cast<rb_node*>(node->rb_parent_color & ~3ul);
}
inline ulong rb_color(const rb_node* node) {
    return node->rb_parent_color & 1;
}

/// Hangs a red `node` below `parent` at `*link`; rb_insert_color() must follow.
inline void rb_link_node(rb_node* node, rb_node* parent, rb_node** link) {
    node->rb_parent_color = reinterpret_cast<ulong>(parent);
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
