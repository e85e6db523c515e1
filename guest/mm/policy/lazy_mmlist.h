// SPDX-License-Identifier: GPL-2.0-or-later
// The list of spaces holds those that may own swap entries: a space joins with its first one and stays until
// it ends (D-06). swapoff walks it.
#pragma once

#include "mm/mm_types.h"

extern mm_struct init_mm;
extern spinlock_t mmlist_lock;

struct lazy_mmlist {
    static void init(mm_struct* mm) { INIT_LIST_HEAD(&mm->mmlist); }
    /// One user less. True: that was the last one.
    static bool drop_user(mm_struct* mm) { return atomic_dec_and_test(&mm->mm_users); }

    /// fork: before and after the child gets its areas. exec: the space is current's now.
    static void forking(mm_struct*, mm_struct*) {}
    static void forked(mm_struct*, mm_struct*) {}
    static void entered(mm_struct*) {}

    /// The space is about to get an entry that names a slot.
    static void join(mm_struct* mm) {
        if (!list_empty(&mm->mmlist)) return;
        spin_guard guard(&mmlist_lock);
        if (list_empty(&mm->mmlist)) list_add(&mm->mmlist, &init_mm.mmlist);
    }

    /// fork copies such an entry: the child's place is behind its parent. Nobody else knows the child yet.
    static void join_behind(mm_struct* child, mm_struct* parent) {
        if (!list_empty(&child->mmlist)) return;
        spin_guard guard(&mmlist_lock);
        if (list_empty(&parent->mmlist)) list_add(&parent->mmlist, &init_mm.mmlist);
        list_add(&child->mmlist, &parent->mmlist);
    }

    static void leave(mm_struct* mm) {
        if (list_empty(&mm->mmlist)) return;
        spin_guard guard(&mmlist_lock);
        list_del_init(&mm->mmlist);
    }
};
