// SPDX-License-Identifier: GPL-2.0-or-later
// The areas of anonymous memory behind their anon_vma, and the count of the entries that map a frame.
#include "mm/rmap.h"

#include "kernel/errno.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

kmem_cache* anon_vma_cachep;

anon_vma* anon_vma_alloc() {
    auto* anon = static_cast<anon_vma*>(kmem_cache_alloc(anon_vma_cachep, GFP_KERNEL));
    if (!anon) return nullptr;
    spin_lock_init(&anon->lock);
    INIT_LIST_HEAD(&anon->head);
    return anon;
}

void anon_vma_free(anon_vma* anon) {
    kmem_cache_free(anon_vma_cachep, anon);
}

/// True if `vma` had none yet and has `anon` now. Another thread may have been here: mmap_sem is held for
/// reading only.
bool install(vm_area_struct* vma, anon_vma* anon) {
    spin_guard list(&anon->lock);
    spin_guard field(&vma->vm_mm->page_table_lock);
    if (vma->anon_vma) return false;
    vma->anon_vma = anon;
    __anon_vma_link(vma);
    return true;
}

/// The anon_vma of a neighbour that differs from `vma` at most in its access rights, or null. Neighbours that
/// mprotect may make equal shall have one by then, or they could not be merged.
anon_vma* find_mergeable_anon_vma(vm_area_struct* vma) {
    const auto lends = [vma](const vm_area_struct* near) {
        constexpr ulong kAccess = VM_READ | VM_WRITE | VM_EXEC;
        const ulong vm_flags = (vma->vm_flags & ~kAccess) | (near->vm_flags & kAccess);
        return near->anon_vma && merge_rules::alike(near, vm_flags, vma->vm_file, nullptr);
    };
    const vm_area_struct* next = vma->vm_next;
    if (next && next->vm_start == vma->vm_end && merge_rules::continues(vma, next->vm_pgoff) && lends(next)) {
        return next->anon_vma;
    }
    vm_area_struct* prev;
    find_vma_prev(vma->vm_mm, vma->vm_start, &prev);
    if (prev && prev->vm_end == vma->vm_start && merge_rules::continues(prev, vma->vm_pgoff) && lends(prev)) {
        return prev->anon_vma;
    }
    return nullptr;
}

void set_anon_mapping(page* p, const vm_area_struct* vma, ulong address) {
    BUG_ON(!vma->anon_vma);
    p->mapping = reinterpret_cast<address_space*>(reinterpret_cast<ulong>(vma->anon_vma) + PAGE_MAPPING_ANON);
    p->index = linear_page_index(vma, address);
}

}  // namespace

void anon_vma_init() {
#ifdef CONFIG_DEBUG_VM
    constexpr ulong kFlags = SLAB_PANIC | SLAB_POISON | SLAB_RED_ZONE;
#else
    constexpr ulong kFlags = SLAB_PANIC;
#endif
    anon_vma_cachep = kmem_cache_create("anon_vma", sizeof(anon_vma), 0, kFlags, nullptr);
}

int anon_vma_prepare(vm_area_struct* vma) {
    assert_held(&vma->vm_mm->mmap_sem);
    if (vma->anon_vma) return 0;
    if (anon_vma* neighbours = find_mergeable_anon_vma(vma)) {
        install(vma, neighbours);
        return 0;
    }
    anon_vma* fresh = anon_vma_alloc();
    if (!fresh) return -ENOMEM;
    if (!install(vma, fresh)) anon_vma_free(fresh);
    return 0;
}

void __anon_vma_link(vm_area_struct* vma) {
    if (!vma->anon_vma) return;
    assert_spin_locked(&vma->anon_vma->lock);
    list_add_tail(&vma->anon_vma_node, &vma->anon_vma->head);
}

void anon_vma_link(vm_area_struct* vma) {
    if (!vma->anon_vma) return;
    spin_guard guard(&vma->anon_vma->lock);
    __anon_vma_link(vma);
}

void __anon_vma_merge(vm_area_struct* vma, vm_area_struct* next) {
    BUG_ON(vma->anon_vma != next->anon_vma);
    assert_spin_locked(&next->anon_vma->lock);
    list_del(&next->anon_vma_node);
}

void anon_vma_unlink(vm_area_struct* vma) {
    anon_vma* anon = vma->anon_vma;
    if (!anon) return;
    bool last;
    {
        spin_guard guard(&anon->lock);
        list_del(&vma->anon_vma_node);
        last = list_empty(&anon->head);
    }
    if (last) anon_vma_free(anon);  // no frame names it: its areas map nothing any more
}

void object_rmap::join_locked(vm_area_struct* vma, anon_vma* anon) {
    if (!anon || vma->anon_vma) return;
    spin_guard field(&vma->vm_mm->page_table_lock);
    vma->anon_vma = anon;
    __anon_vma_link(vma);
}

void object_rmap::join(vm_area_struct* vma, anon_vma* anon) {
    lock(vma->vm_mm, anon);
    join_locked(vma, anon);
    unlock(vma->vm_mm, anon);
}

// Counting ----------------------------------------------------------------------------------------------

void page_add_new_anon_rmap(page* p, const vm_area_struct* vma, ulong address) {
    assert_spin_locked(&vma->vm_mm->page_table_lock);
    atomic_set(&p->_mapcount, 0);
    set_anon_mapping(p, vma, address);
}

void page_add_anon_rmap(page* p, const vm_area_struct* vma, ulong address) {
    assert_spin_locked(&vma->vm_mm->page_table_lock);
    if (atomic_add_return(1, &p->_mapcount) == 0) {
        set_anon_mapping(p, vma, address);
        return;
    }
    BUG_ON(page_anon_vma(p) != vma->anon_vma || p->index != linear_page_index(vma, address));
}

void page_add_file_rmap(page* p) {
    atomic_inc(&p->_mapcount);
}

void page_dup_rmap(page* p) {
    BUG_ON(!page_mapped(p));
    atomic_inc(&p->_mapcount);
}

void page_remove_rmap(page* p) {
    BUG_ON(!page_mapped(p));
    atomic_dec(&p->_mapcount);
}
