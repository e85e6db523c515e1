// SPDX-License-Identifier: GPL-2.0-or-later
// address_space of editions that keep a file's areas in two lists (policy share_lists). Included by
// mm/filemap.h only.
#pragma once

/// The cached pages of one file, and the areas that show them.
struct address_space {
    inode* host;
    spinlock_t tree_lock;  // guards nrpages and the pages' membership
    ulong nrpages;
    page_tree pages;
    const address_space_operations* a_ops;
    vm_area_struct* i_mmap;         // private areas, by vm_next_share
    vm_area_struct* i_mmap_shared;  // areas with VM_SHARED, likewise
    spinlock_t i_shared_lock;       // guards both lists
    ulong flags;                    // AS_*; atomic bit operations
};
/// Makes an address space of zero bytes usable.
inline void address_space_init_once(address_space* mapping) {
    spin_lock_init(&mapping->tree_lock);
    spin_lock_init(&mapping->i_shared_lock);
}
