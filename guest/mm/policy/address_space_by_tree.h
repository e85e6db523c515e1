// SPDX-License-Identifier: GPL-2.0-or-later
// address_space of editions that keep a file's areas in a priority search tree (policy prio_tree_areas).
// Included by mm/filemap.h only.
#pragma once

#include "mm/prio_tree.h"

/// The cached pages of one file, and the areas that show them.
struct address_space {
    inode* host;
    spinlock_t tree_lock;  // guards nrpages and the pages' membership
    ulong nrpages;
    page_tree pages;
    const address_space_operations* a_ops;
    spinlock_t i_mmap_lock;      // guards the four members below
    unsigned i_mmap_writable;    // areas with VM_SHARED
    prio_tree_root i_mmap;       // the linear areas
    list_head i_mmap_nonlinear;  // areas with VM_NONLINEAR, by shared.vm_set.list
    unsigned truncate_count;     // how often a part was cut off under the areas
    ulong flags;                 // AS_*; atomic bit operations
};
/// Makes an address space of zero bytes usable.
inline void address_space_init_once(address_space* mapping) {
    spin_lock_init(&mapping->tree_lock);
    spin_lock_init(&mapping->i_mmap_lock);
    INIT_PRIO_TREE_ROOT(&mapping->i_mmap);
    INIT_LIST_HEAD(&mapping->i_mmap_nonlinear);
}
