// SPDX-License-Identifier: GPL-2.0-or-later
// The areas of a file in its priority search tree: one node for each interval, equal ones in its list.
#include "mm/prio_tree.h"

namespace {

vm_area_struct* vma_of(prio_tree_node* node) {
    return container_of(node, vm_area_struct, shared.prio_tree_node);
}
vm_area_struct* vma_of(list_head* entry) {
    return container_of(entry, vm_area_struct, shared.vm_set.list);
}
bool is_tree_node(const vm_area_struct* vma) {
    return vma->shared.vm_set.parent != nullptr;
}

/// `node` and `first`, the first of the areas with its interval (null: there are none), know each other.
void pair(vm_area_struct* node, vm_area_struct* first) {
    node->shared.vm_set.head = first;
    if (first) first->shared.vm_set.head = node;
}

/// Takes the first one out of the list behind a node. Returns who is the first now, or null.
vm_area_struct* detach_first(vm_area_struct* first) {
    list_head* entry = &first->shared.vm_set.list;
    if (list_empty(entry)) return nullptr;
    vm_area_struct* second = vma_of(entry->next);
    list_del_init(entry);
    return second;
}

}  // namespace

void vma_prio_tree_insert(vm_area_struct* vma, prio_tree_root* root) {
    vma->shared.vm_set.head = nullptr;
    prio_tree_node* node = prio_tree_insert(root, &vma->shared.prio_tree_node);
    if (node != &vma->shared.prio_tree_node) vma_prio_tree_add(vma, vma_of(node));
}

void vma_prio_tree_add(vm_area_struct* vma, vm_area_struct* old) {
    auto& set = vma->shared.vm_set;
    set.parent = nullptr;
    set.head = nullptr;
    if (!is_tree_node(old)) {
        list_add(&set.list, &old->shared.vm_set.list);
    } else if (vm_area_struct* first = old->shared.vm_set.head) {
        list_add_tail(&set.list, &first->shared.vm_set.list);
    } else {
        INIT_LIST_HEAD(&set.list);
        pair(old, vma);
    }
}

void vma_prio_tree_remove(vm_area_struct* vma, prio_tree_root* root) {
    vm_area_struct* const other = vma->shared.vm_set.head;
    BUG_ON(other && other->shared.vm_set.head != vma);
    if (!is_tree_node(vma)) {
        if (other) {
            pair(other, detach_first(vma));
        } else {
            list_del_init(&vma->shared.vm_set.list);
        }
    } else if (other) {  // the first of the others becomes the node
        vm_area_struct* const second = detach_first(other);
        prio_tree_replace(root, &vma->shared.prio_tree_node, &other->shared.prio_tree_node);
        pair(other, second);
    } else {
        prio_tree_remove(root, &vma->shared.prio_tree_node);
    }
}

vm_area_struct* vma_prio_tree_next(vm_area_struct* vma, prio_tree_iter* iter) {
    if (vma) {
        vm_area_struct* node = vma_of(iter->node);
        vm_area_struct* first = node->shared.vm_set.head;
        if (vma == node && first) return first;
        if (vma != node) {
            vm_area_struct* next = vma_of(vma->shared.vm_set.list.next);
            if (next != first) return next;
        }
    }
    prio_tree_node* node = prio_tree_next(iter);
    return node ? vma_of(node) : nullptr;
}

void vma_nonlinear_insert(vm_area_struct* vma, list_head* list) {
    vma->shared.vm_set.parent = nullptr;
    vma->shared.vm_set.head = nullptr;
    list_add_tail(&vma->shared.vm_set.list, list);
}
