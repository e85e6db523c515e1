// SPDX-License-Identifier: GPL-2.0-or-later
// A file's areas: into its tree or its list, and out again.
#include "mm/policy/prio_tree_areas.h"

#include "fs/fs.h"

namespace {

address_space* mapping_of(const vm_area_struct* vma) {
    return vma->vm_file->f_mapping;
}

/// An area that may be written through to the file counts among those who keep it from being locked.
void count_writable(const vm_area_struct* vma, int areas) {
    address_space* mapping = mapping_of(vma);
    assert_spin_locked(&mapping->i_mmap_lock);
    if (vma->vm_flags & VM_SHARED) mapping->i_mmap_writable += static_cast<unsigned>(areas);
}

}  // namespace

void prio_tree_areas::lock(const vm_area_struct* vma) {
    if (vma->vm_file) spin_lock(&mapping_of(vma)->i_mmap_lock);
}

void prio_tree_areas::unlock(const vm_area_struct* vma) {
    if (vma->vm_file) spin_unlock(&mapping_of(vma)->i_mmap_lock);
}

unsigned prio_tree_areas::truncations_of(const vm_area_struct* vma) {
    return mapping_of(vma)->truncate_count;
}

void prio_tree_areas::insert(vm_area_struct* vma) {
    count_writable(vma, 1);
    if (vma->vm_flags & VM_NONLINEAR) {
        vma_nonlinear_insert(vma, &mapping_of(vma)->i_mmap_nonlinear);
    } else {
        vma_prio_tree_insert(vma, &mapping_of(vma)->i_mmap);
    }
}

void prio_tree_areas::remove(vm_area_struct* vma) {
    count_writable(vma, -1);
    if (vma->vm_flags & VM_NONLINEAR) {
        list_del_init(&vma->shared.vm_set.list);
    } else {
        vma_prio_tree_remove(vma, &mapping_of(vma)->i_mmap);
    }
}

void prio_tree_areas::insert_copy(vm_area_struct* vma, vm_area_struct* parent) {
    count_writable(vma, 1);
    vma_prio_tree_add(vma, parent);
}
