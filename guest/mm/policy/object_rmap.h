// SPDX-License-Identifier: GPL-2.0-or-later
// The reverse map by objects: a frame names what it belongs to (an anon_vma or a file), and that knows the
// areas that may show it. Each way in is one of rmap.h's, which is the contract; reclaim can so take a page
// from everybody at once.
#pragma once

#include "mm/rmap.h"

struct object_rmap {
    static void init() { anon_vma_init(); }
    /// fork: what the child of a space does not inherit.
    static void fork(mm_struct*) {}

    // Areas ---------------------------------------------------------------------------------------------
    /// What the anonymous pages of an area name. Null: the area has had none.
    using origin = anon_vma*;
    static origin origin_of(const vm_area_struct* vma) { return vma->anon_vma; }
    /// May areas of these two origins become one?
    static bool compatible(origin a, origin b) { return !a || !b || a == b; }
    /// False if the area surely has no anonymous page, in memory or swapped out.
    static bool may_have_anonymous(const vm_area_struct* vma) { return vma->anon_vma != nullptr; }

    /// The area is to get its first anonymous page, or to grow. mmap_sem is held. 0 or -ENOMEM.
    static int prepare(vm_area_struct* vma) { return anon_vma_prepare(vma); }
    /// What guards start and offset of a prepared area where mmap_sem is held for reading only.
    static spinlock_t* range_lock(const vm_area_struct* vma) { return &vma->anon_vma->lock; }

    /// Who comes from frames sees changes between these two at once, or not yet. After the files' lock.
    static void lock(mm_struct*, origin anon) {
        if (anon) spin_lock(&anon->lock);
    }
    static void unlock(mm_struct*, origin anon) {
        if (anon) spin_unlock(&anon->lock);
    }
    /// The area is found from now on, is no longer found. link_locked: lock is held.
    static void link(vm_area_struct* vma) { anon_vma_link(vma); }
    static void link_locked(vm_area_struct* vma) { __anon_vma_link(vma); }
    static void unlink(vm_area_struct* vma) { anon_vma_unlink(vma); }
    /// `vma` has taken pages of this origin over. Nothing to do if it has one, or there is none to take. The
    /// second form: lock is held.
    static void join(vm_area_struct* vma, origin anon);
    static void join_locked(vm_area_struct* vma, origin anon);
    /// `next` is a part of `vma` from now on. lock is held.
    static void absorb(vm_area_struct* vma, vm_area_struct* next) {
        if (next->anon_vma) __anon_vma_merge(vma, next);
    }

    // Entries, under page_table_lock --------------------------------------------------------------------
    static void add_new_anon(page* p, const vm_area_struct* vma, ulong address) {
        page_add_new_anon_rmap(p, vma, address);
    }
    static void add_anon(page* p, const vm_area_struct* vma, ulong address) {
        page_add_anon_rmap(p, vma, address);
    }
    static void add_file(page* p) { page_add_file_rmap(p); }
    static void dup(page* p) { page_dup_rmap(p); }
    static void remove(page* p) { page_remove_rmap(p); }

    /// A frame leads to its entries: reclaim may ask what follows of a page that is mapped.
    static constexpr bool leads_to_entries = true;
    /// Before reclaim looks at the lists of pages, `priority` as shrink_zone has it.
    static void before_lists(unsigned) {}

    // All entries of a frame: for reclaim and write-back ------------------------------------------------
    static bool mapped(const page* p) { return page_mapped(p); }
    static int referenced(page* p) { return page_referenced(p); }
    static int unmap(page* p) { return try_to_unmap(p); }
    static int clean(page* p) { return page_mkclean(p); }
};
