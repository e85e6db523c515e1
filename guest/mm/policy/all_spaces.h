// SPDX-License-Identifier: GPL-2.0-or-later
// The list of spaces holds each that has users: a child behind its parent, what exec made behind init_mm.
// Reclaim goes round it and continues where it stopped (swap_mm); swapoff walks it. mmlist_nr counts. All
// under mmlist_lock.
#pragma once

#include "mm/mm_types.h"

extern mm_struct init_mm;
extern spinlock_t mmlist_lock;
extern int mmlist_nr;       // spaces on the list, without init_mm
extern mm_struct* swap_mm;  // whom the scan for pages to swap out looks at next

struct all_spaces {
    static void init(mm_struct* mm) { INIT_LIST_HEAD(&mm->mmlist); }
    /// fork: before the child gets its areas. Its entries may name slots as soon as they are there.
    static void forking(mm_struct* child, mm_struct* parent) { insert(child, parent); }
    static void forked(mm_struct*, mm_struct*) {}
    /// exec: the space is current's now.
    static void entered(mm_struct* mm) {
        if (list_empty(&mm->mmlist)) insert(mm, &init_mm);
    }
    /// One user less. True: that was the last one, and nobody finds the space in the list any more.
    static bool drop_user(mm_struct* mm) {
        spin_guard guard(&mmlist_lock);
        if (!atomic_dec_and_test(&mm->mm_users)) return false;
        if (list_empty(&mm->mmlist)) return true;  // exec has failed
        if (swap_mm == mm) swap_mm = list_entry(mm->mmlist.next, mm_struct, mmlist);
        list_del_init(&mm->mmlist);
        mmlist_nr--;
        return true;
    }
    static void leave(mm_struct*) {}

    // The space is about to get an entry that names a slot; fork copies one.
    static void join(mm_struct*) {}
    static void join_behind(mm_struct*, mm_struct*) {}

  private:
    static void insert(mm_struct* mm, mm_struct* before) {
        spin_guard guard(&mmlist_lock);
        list_add(&mm->mmlist, &before->mmlist);
        mmlist_nr++;
    }
};
