// SPDX-License-Identifier: GPL-2.0-or-later
// The priority search tree, for tests. See guest_file_areas.h.
#include "guest_file_areas.h"

#include <initializer_list>

#include "kernel/printk.h"
#include "mm/prio_tree.h"

namespace guest {

namespace {

struct slot {
    vm_area_struct vma;
    bool used;
};
slot slots[kMaxFileAreas];
prio_tree_root root;

int number_of(const vm_area_struct* vma) {
    return static_cast<int>(reinterpret_cast<const slot*>(vma) - slots);
}
vm_area_struct* vma_of(prio_tree_node* node) {
    return container_of(node, vm_area_struct, shared.prio_tree_node);
}

slot* free_slot() {
    for (auto& s : slots) {
        if (!s.used) return &s;
    }
    return nullptr;
}

void require(bool holds, const char* rule) {
    if (!holds) panic("%s", rule);
}

bool same_interval(const vm_area_struct* a, const vm_area_struct* b) {
    return a->vm_pgoff == b->vm_pgoff && a->vm_end - a->vm_start == b->vm_end - b->vm_start;
}

/// The areas behind a node; how many.
int check_others(const vm_area_struct* node) {
    const vm_area_struct* first = node->shared.vm_set.head;
    if (!first) return 0;
    require(!first->shared.vm_set.parent, "the first of the others is no node");
    require(first->shared.vm_set.head == node, "head.head is the node");
    int count = 0;
    const list_head* entry = &first->shared.vm_set.list;
    do {
        const auto* vma = container_of(const_cast<list_head*>(entry), vm_area_struct, shared.vm_set.list);
        require(!vma->shared.vm_set.parent, "the others are no nodes");
        require(vma == first || !vma->shared.vm_set.head, "only the first knows the node");
        require(same_interval(vma, node), "the others show what the node shows");
        require(entry->next->prev == entry, "the list is linked both ways");
        require(++count <= kMaxFileAreas, "the list ends");
        entry = entry->next;
    } while (entry != &first->shared.vm_set.list);
    return count;
}

/// The bits of an interval in the order in which they choose the way down.
bool way(const prio_tree_node* node, unsigned depth) {
    const ulong radix = prio_tree_radix_index(node), size = prio_tree_heap_index(node) - radix;
    if (depth < root.index_bits) return (radix >> (root.index_bits - 1 - depth)) & 1;
    return (size >> (63 - (depth - root.index_bits))) & 1;
}

struct tally {
    int areas, depth;
};

void check_place(const prio_tree_node* node, unsigned depth) {
    for (const prio_tree_node* at = node; depth > 0; at = at->parent)
        require(way(node, --depth) == (at->parent->right == at), "each stands where its bits lead");
}

tally check_subtree(prio_tree_node* node, prio_tree_node* parent, unsigned depth) {
    tally sum{1 + check_others(vma_of(node)), 1};
    require(node->parent == (parent ? parent : node), "each knows its parent, and the root is its own");
    require(!parent || prio_tree_heap_index(parent) >= prio_tree_heap_index(node),
            "nothing ends behind its parent");
    check_place(node, depth);
    for (prio_tree_node* child : {node->left, node->right}) {
        if (child == node) continue;
        const tally below = check_subtree(child, node, depth + 1);
        sum.areas += below.areas;
        sum.depth = max(sum.depth, below.depth + 1);
    }
    return sum;
}

}  // namespace

void file_areas_reset() {
    INIT_PRIO_TREE_ROOT(&root);
    for (auto& s : slots)
        s = slot{};
}

int file_area_insert(Interval pages) {
    slot* s = free_slot();
    if (!s) return -1;
    *s = slot{};
    s->used = true;
    s->vma.vm_start = PAGE_SIZE;
    s->vma.vm_end = PAGE_SIZE + (pages.last - pages.first + 1) * PAGE_SIZE;
    s->vma.vm_pgoff = pages.first;
    vma_prio_tree_insert(&s->vma, &root);
    return number_of(&s->vma);
}

int file_area_copy(int area) {
    slot* s = free_slot();
    if (!s) return -1;
    *s = slots[area];
    vma_prio_tree_add(&s->vma, &slots[area].vma);
    return number_of(&s->vma);
}

void file_area_remove(int area) {
    vma_prio_tree_remove(&slots[area].vma, &root);
    slots[area] = slot{};
}

Role file_area_role(int area) {
    const auto& set = slots[area].vma.shared.vm_set;
    if (set.parent) return set.head ? Role::NodeWithOthers : Role::Alone;
    return set.head ? Role::FirstOther : Role::Other;
}

int file_areas_showing(Interval pages, int* out, int room) {
    prio_tree_iter iter = prio_tree_range(&root, pages.first, pages.last);
    int count = 0;
    vm_area_struct* vma;
    vma_prio_tree_foreach(vma, &iter) {
        if (count == room) panic("more areas than there are");
        out[count++] = number_of(vma);
    }
    return count;
}

unsigned file_areas_index_bits() {
    return root.index_bits;
}

int file_areas_depth() {
    return root.prio_tree_node ? check_subtree(root.prio_tree_node, nullptr, 0).depth : 0;
}

int file_areas_check() {
    require(root.index_bits >= 1 && root.raw == 1, "the root is set up");
    if (!root.prio_tree_node) {
        require(root.index_bits == 1, "an empty tree starts over");
        return 0;
    }
    const ulong last = prio_tree_heap_index(root.prio_tree_node);
    require(root.index_bits >= 64 || last >> root.index_bits == 0, "every index fits its bits");
    return check_subtree(root.prio_tree_node, nullptr, 0).areas;
}

}  // namespace guest
