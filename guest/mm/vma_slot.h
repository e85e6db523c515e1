// SPDX-License-Identifier: GPL-2.0-or-later
// A place for an area, found before the area exists.
#pragma once

struct vm_area_struct;

/// Where a new VMA goes: behind `prev` in the list (null: first), and below `parent` in the tree (null: it is
/// the first node), to its right if parent is prev, else to its left. As long as mmap_sem is held and nothing
/// is linked or unlinked.
struct vma_slot {
    vm_area_struct *prev, *parent;
};
