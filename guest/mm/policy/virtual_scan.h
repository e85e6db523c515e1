// SPDX-License-Identifier: GPL-2.0-or-later
// A frame does not know who maps it. To take pages away reclaim goes through spaces, address by address, and
// takes out of each what was not used since it came there last (4.21, virtual_scan.cpp); a page that no entry
// maps any more is then found in the lists of pages. Areas and page tables change under page_table_lock,
// which the scan holds.
#pragma once

#include "mm/mm_types.h"
#include "mm/reclaim.h"

struct virtual_scan {
    static void init() {}
    static void fork(mm_struct* mm) { mm->swap_address = 0; }

    // Areas: they have nothing to do with frames ----------------------------------------------------------
    struct origin {};
    static origin origin_of(const vm_area_struct*) { return {}; }
    static bool compatible(origin, origin) { return true; }
    static bool may_have_anonymous(const vm_area_struct*) { return true; }
    static int prepare(vm_area_struct*) { return 0; }
    /// What guards start and offset of an area where mmap_sem is held for reading only.
    static spinlock_t* range_lock(const vm_area_struct* vma) { return &vma->vm_mm->page_table_lock; }

    /// The scan sees changes of areas between these two at once, or not yet. After the files' lock.
    static void lock(mm_struct* mm, origin) { spin_lock(&mm->page_table_lock); }
    static void unlock(mm_struct* mm, origin) { spin_unlock(&mm->page_table_lock); }
    static void link(vm_area_struct*) {}
    static void link_locked(vm_area_struct*) {}
    static void unlink(vm_area_struct*) {}
    static void join(vm_area_struct*, origin) {}
    static void join_locked(vm_area_struct*, origin) {}
    static void absorb(vm_area_struct*, vm_area_struct*) {}

    // Entries, under page_table_lock. How many there are of a frame is counted, for those who check ---------
    static void add_new_anon(page* p, const vm_area_struct*, ulong) {
        p->mapping = reinterpret_cast<address_space*>(PAGE_MAPPING_ANON);  // nobody's in particular
        atomic_set(&p->_mapcount, 0);
    }
    static void add_anon(page* p, const vm_area_struct*, ulong) {
        p->mapping = reinterpret_cast<address_space*>(PAGE_MAPPING_ANON);
        atomic_inc(&p->_mapcount);
    }
    static void add_file(page* p) { atomic_inc(&p->_mapcount); }
    static void dup(page* p) { atomic_inc(&p->_mapcount); }
    static void remove(page* p) { atomic_dec(&p->_mapcount); }

    // Reclaim ---------------------------------------------------------------------------------------------
    static constexpr bool leads_to_entries = false;
    /// Spaces give pages up.
    static void before_lists(unsigned priority);
    static bool mapped(const page* p) { return page_mapped(p); }
    static int referenced(page* p) { return test_and_clear_bit(PG_referenced, &p->flags); }
    static int unmap(page*) { return SWAP_AGAIN; }
    /// Dirty entries stay so until msync, munmap or the scan looks at them.
    static int clean(page*) { return 0; }
};
