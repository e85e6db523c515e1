// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of a file by their offset: a tree of fixed fan-out that is as high as the largest offset needs.
#pragma once

#include "lib/types.h"

struct page;

struct page_tree_node {
    static constexpr unsigned kShift = 6;
    static constexpr unsigned kSlots = 1u << kShift;
    unsigned count;       // slots in use
    void* slots[kSlots];  // nodes; on the lowest level pages
    u64 tags[2];          // by page_tag: a bit a slot that is, or leads to, a page with the tag
};
/// Marks by which pages are found without looking at the others.
enum page_tag : unsigned { PAGECACHE_TAG_DIRTY, PAGECACHE_TAG_WRITEBACK };
struct page_tree {
    unsigned height;  // levels; 0 = empty
    page_tree_node* root;
};

void page_tree_init();
page* page_tree_lookup(const page_tree* tree, pgoff_t index);
/// 0, -EEXIST or -ENOMEM.
int page_tree_insert(page_tree* tree, pgoff_t index, page* p);
/// Takes a page out and returns it; null if there is none. Nodes that become empty are freed.
page* page_tree_delete(page_tree* tree, pgoff_t index);
/// The page with the smallest index >= `from`, or null.
page* page_tree_next(const page_tree* tree, pgoff_t from);

/// The page must be there.
void page_tree_tag_set(page_tree* tree, pgoff_t index, page_tag tag);
void page_tree_tag_clear(page_tree* tree, pgoff_t index, page_tag tag);
/// The page with the tag and the smallest index >= `from`, or null.
page* page_tree_next_tagged(const page_tree* tree, pgoff_t from, page_tag tag);
