// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of a red-black tree of areas.
#include "mm/policy/rb_areas.h"

#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

namespace {

/// Checks the subtree and returns how many black nodes each of its paths has.
int black_height(const mm_struct* mm, const rb_node* node, const rb_node* parent) {
    if (!node) return 0;
    require(rb_parent(node) == parent, "INV-05", mm, "parent of node", reinterpret_cast<ulong>(node), 0);
    const bool red = rb_color(node) == RB_RED;
    require(!red || (parent && rb_color(parent) == RB_BLACK), "INV-05", mm, "red node",
            reinterpret_cast<ulong>(node), 0);
    const int left = black_height(mm, node->rb_left, node);
    const int right = black_height(mm, node->rb_right, node);
    require(left == right, "INV-05", mm, "black height", static_cast<ulong>(left), static_cast<ulong>(right));
    return left + !red;
}

}  // namespace

void rb_areas::validate(const mm_struct* mm) {
    black_height(mm, mm->mm_rb.rb_node, nullptr);
}

#endif
