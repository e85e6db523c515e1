// SPDX-License-Identifier: GPL-2.0-or-later
// See page_tree.h. The caller holds the lock of whatever the tree belongs to.
#include "mm/page_tree.h"

#include "kernel/errno.h"
#include "mm/slab.h"

namespace {

constexpr unsigned kShift = page_tree_node::kShift;
constexpr unsigned kSlots = page_tree_node::kSlots;
constexpr unsigned kMaxHeight = (sizeof(pgoff_t) * 8 + kShift - 1) / kShift;

kmem_cache* node_cache;

page_tree_node* new_node() {
    return static_cast<page_tree_node*>(kmem_cache_zalloc(node_cache, GFP_ATOMIC));
}

/// The largest index that a tree of this height can hold.
pgoff_t max_index(unsigned height) {
    if (height >= kMaxHeight) return ~static_cast<pgoff_t>(0);
    return (static_cast<pgoff_t>(1) << (height * kShift)) - 1;
}

/// The slot that leads to `index` in a node `level` levels above the pages.
void*& slot_of(page_tree_node* node, pgoff_t index, unsigned level) {
    return node->slots[(index >> (level * kShift)) & (kSlots - 1)];
}

/// Makes the tree high enough for the index. 0 or -ENOMEM.
int grow_to(page_tree* tree, pgoff_t index) {
    const bool empty = !tree->root;
    while (empty ? !tree->root : index > max_index(tree->height)) {
        page_tree_node* top = new_node();
        if (!top) return -ENOMEM;
        if (!empty) {
            top->slots[0] = tree->root;
            top->count = 1;
            for (unsigned tag = 0; tag < 2; tag++)
                top->tags[tag] = tree->root->tags[tag] != 0 ? 1 : 0;
        }
        tree->root = top;
        tree->height++;
    }
    while (empty && index > max_index(tree->height))
        tree->height++;
    return 0;
}

/// Frees a root that leads nowhere.
void drop_empty_root(page_tree* tree) {
    if (tree->root->count > 0) return;
    kmem_cache_free(node_cache, tree->root);
    tree->root = nullptr;
    tree->height = 0;
}

bool any_slot(const page_tree_node*, pgoff_t) {
    return true;
}

/// The first page at or behind `index` below `node` through slots that `wanted` accepts.
template <class Wanted>
page* next_below(page_tree_node* node, unsigned level, pgoff_t index, Wanted wanted) {
    const pgoff_t span = static_cast<pgoff_t>(1) << (level * kShift);
    for (pgoff_t i = (index >> (level * kShift)) & (kSlots - 1); i < kSlots; i++) {
        void* slot = wanted(node, i) ? node->slots[i] : nullptr;
        if (slot && level == 0) return static_cast<page*>(slot);
        if (slot) {
            if (page* p = next_below(static_cast<page_tree_node*>(slot), level - 1, index, wanted)) return p;
        }
        index = (index & ~(span - 1)) + span;  // the start of the next slot
    }
    return nullptr;
}

u64 bit_of(pgoff_t index, unsigned level) {
    return static_cast<u64>(1) << ((index >> (level * kShift)) & (kSlots - 1));
}

}  // namespace

void page_tree_init() {
    node_cache = kmem_cache_create("page_tree_node", sizeof(page_tree_node), 0, SLAB_PANIC, nullptr);
}

page* page_tree_lookup(const page_tree* tree, pgoff_t index) {
    if (tree->height == 0 || index > max_index(tree->height)) return nullptr;
    page_tree_node* node = tree->root;
    for (unsigned level = tree->height - 1; node && level > 0; level--) {
        node = static_cast<page_tree_node*>(slot_of(node, index, level));
    }
    return node ? static_cast<page*>(slot_of(node, index, 0)) : nullptr;
}

int page_tree_insert(page_tree* tree, pgoff_t index, page* p) {
    if (page_tree_lookup(tree, index)) return -EEXIST;
    if (grow_to(tree, index)) return -ENOMEM;
    page_tree_node* node = tree->root;
    for (unsigned level = tree->height - 1; level > 0; level--) {
        void*& slot = slot_of(node, index, level);
        if (!slot) {
            slot = new_node();
            if (!slot) {
                page_tree_delete(tree, index);  // frees the empty nodes on the way
                return -ENOMEM;
            }
            node->count++;
        }
        node = static_cast<page_tree_node*>(slot);
    }
    slot_of(node, index, 0) = p;
    node->count++;
    return 0;
}

page* page_tree_delete(page_tree* tree, pgoff_t index) {
    if (tree->height == 0 || index > max_index(tree->height)) return nullptr;
    page_tree_tag_clear(tree, index, PAGECACHE_TAG_DIRTY);
    page_tree_tag_clear(tree, index, PAGECACHE_TAG_WRITEBACK);
    page_tree_node* path[kMaxHeight] = {};
    page_tree_node* node = tree->root;
    for (unsigned level = tree->height; node && level-- > 0;) {
        path[level] = node;
        if (level > 0) node = static_cast<page_tree_node*>(slot_of(node, index, level));
    }
    page* found = nullptr;
    if (path[0]) {
        void*& slot = slot_of(path[0], index, 0);
        found = static_cast<page*>(slot);
        slot = nullptr;
        if (found) path[0]->count--;
    }
    for (unsigned level = 0; level + 1 < tree->height; level++) {
        if (!path[level]) continue;
        if (path[level]->count > 0) return found;
        kmem_cache_free(node_cache, path[level]);
        slot_of(path[level + 1], index, level + 1) = nullptr;
        path[level + 1]->count--;
    }
    drop_empty_root(tree);
    return found;
}

page* page_tree_next(const page_tree* tree, pgoff_t from) {
    if (tree->height == 0 || from > max_index(tree->height)) return nullptr;
    return next_below(tree->root, tree->height - 1, from, any_slot);
}

void page_tree_tag_set(page_tree* tree, pgoff_t index, page_tag tag) {
    page_tree_node* node = tree->root;
    for (unsigned level = tree->height; level-- > 0;) {
        node->tags[tag] |= bit_of(index, level);
        if (level > 0) node = static_cast<page_tree_node*>(slot_of(node, index, level));
    }
}

void page_tree_tag_clear(page_tree* tree, pgoff_t index, page_tag tag) {
    if (tree->height == 0 || index > max_index(tree->height)) return;
    page_tree_node* path[kMaxHeight] = {};
    page_tree_node* node = tree->root;
    for (unsigned level = tree->height; node && level-- > 0;) {
        path[level] = node;
        if (level > 0) node = static_cast<page_tree_node*>(slot_of(node, index, level));
    }
    if (!node) return;
    for (unsigned level = 0; level < tree->height; level++) {
        path[level]->tags[tag] &= ~bit_of(index, level);
        if (path[level]->tags[tag] != 0) return;
    }
}

page* page_tree_next_tagged(const page_tree* tree, pgoff_t from, page_tag tag) {
    if (tree->height == 0 || from > max_index(tree->height)) return nullptr;
    return next_below(tree->root, tree->height - 1, from, [tag](const page_tree_node* node, pgoff_t slot) {
        return ((node->tags[tag] >> slot) & 1) != 0;
    });
}
