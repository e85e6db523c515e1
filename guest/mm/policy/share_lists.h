// SPDX-License-Identifier: GPL-2.0-or-later
// The areas that show a file: two lists that hang on the file's address_space, one of areas with VM_SHARED,
// one of the others, in no order. An area knows who points to it, so that it can leave (INV-30).
#pragma once

#include "mm/mm_types.h"

struct share_lists {
    /// The lock of the file's areas, i_shared_lock; nothing to do for an area without a file.
    static void lock(const vm_area_struct* vma);
    static void unlock(const vm_area_struct* vma);

    // The area has a file, and the lock is held.
    static void insert(vm_area_struct* vma);
    static void remove(vm_area_struct* vma);
    /// fork: `vma` shows what `parent`, which the file knows, does; it comes directly behind it.
    static void insert_copy(vm_area_struct* vma, vm_area_struct* parent);
};
