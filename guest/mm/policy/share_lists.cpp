// SPDX-License-Identifier: GPL-2.0-or-later
// A file's areas: into one of its two lists, and out again; and what the debug build checks of them.
#include "mm/policy/share_lists.h"

#include "fs/fs.h"
#include "mm/audit.h"

namespace {

address_space* file_of(const vm_area_struct* vma) {
    return vma->vm_file->f_mapping;
}

vm_area_struct** list_for(const vm_area_struct* vma) {
    address_space* mapping = file_of(vma);
    return vma->vm_flags & VM_SHARED ? &mapping->i_mmap_shared : &mapping->i_mmap;
}

/// `vma` comes where `*at` points now.
void link_at(vm_area_struct** at, vm_area_struct* vma) {
    assert_spin_locked(&file_of(vma)->i_shared_lock);
    vma->vm_next_share = *at;
    if (*at) (*at)->vm_pprev_share = &vma->vm_next_share;
    *at = vma;
    vma->vm_pprev_share = at;
}

}  // namespace

void share_lists::lock(const vm_area_struct* vma) {
    if (vma->vm_file) spin_lock(&file_of(vma)->i_shared_lock);
}

void share_lists::unlock(const vm_area_struct* vma) {
    if (vma->vm_file) spin_unlock(&file_of(vma)->i_shared_lock);
}

void share_lists::insert(vm_area_struct* vma) {
    link_at(list_for(vma), vma);
}

void share_lists::remove(vm_area_struct* vma) {
    assert_spin_locked(&file_of(vma)->i_shared_lock);
    if (vma->vm_next_share) vma->vm_next_share->vm_pprev_share = vma->vm_pprev_share;
    *vma->vm_pprev_share = vma->vm_next_share;
}

void share_lists::insert_copy(vm_area_struct* vma, vm_area_struct* parent) {
    link_at(&parent->vm_next_share, vma);
}

#ifdef CONFIG_DEBUG_VM

namespace {

ulong address_of(const void* pointer) {
    return reinterpret_cast<ulong>(pointer);
}

int count_denying(const vm_area_struct* first) {
    int count = 0;
    for (const vm_area_struct* vma = first; vma; vma = vma->vm_next_share)
        count += (vma->vm_flags & VM_DENYWRITE) != 0;
    return count;
}

/// The area is in the list that its flags say.
void check_membership(const vm_area_struct* vma) {
    const vm_area_struct* found = *list_for(vma);
    while (found && found != vma)
        found = found->vm_next_share;
    require(found == vma, "INV-30", vma->vm_mm, "area missing in its file's list", address_of(vma), 0);
}

}  // namespace

void check_writers(const mm_struct* mm) {
    const address_space* checked = nullptr;
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if (!(vma->vm_flags & VM_DENYWRITE) || !vma->vm_file || file_of(vma) == checked) continue;
        address_space* mapping = file_of(vma);
        spin_guard guard(&mapping->i_shared_lock);
        const int denied = count_denying(mapping->i_mmap) + count_denying(mapping->i_mmap_shared);
        const int writers = atomic_read(&mapping->host->i_writecount);
        require(writers <= -denied, "INV-50", mm, "i_writecount", static_cast<ulong>(writers),
                static_cast<ulong>(-denied));
        checked = mapping;
    }
}

void check_links(const vm_area_struct* vma) {
    if (!vma->vm_file) return;
    spin_guard guard(&file_of(vma)->i_shared_lock);
    require(*vma->vm_pprev_share == vma, "INV-30", vma->vm_mm, "*vm_pprev_share",
            address_of(*vma->vm_pprev_share), address_of(vma));
    const vm_area_struct* next = vma->vm_next_share;
    require(!next || next->vm_pprev_share == &vma->vm_next_share, "INV-30", vma->vm_mm,
            "vm_pprev_share of the next area", next ? address_of(next->vm_pprev_share) : 0,
            address_of(&vma->vm_next_share));
}

void check_reverse_map(const mm_struct* mm) {
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if (!vma->vm_file) continue;
        spin_guard guard(&file_of(vma)->i_shared_lock);
        check_membership(vma);
    }
}

void check_page_says(const vm_area_struct* vma, const page* p, ulong address) {
    if (PageAnon(p) || !p->mapping) return;  // nobody's, or a driver's own
    require(vma->vm_file && p->mapping == vma->vm_file->f_mapping, "INV-29", vma->vm_mm,
            "file of the page at", address, address_of(p->mapping));
    require_equal("INV-29", vma->vm_mm, "index of the page", p->index, linear_page_index(vma, address));
}

#endif
