// SPDX-License-Identifier: GPL-2.0-or-later
// The list of spaces holds all of them, from before they get their first area until their last user is gone
// (D-06): a child behind its parent, a new program's first.
#pragma once

#include "mm/mm_types.h"

extern mm_struct init_mm;
extern spinlock_t mmlist_lock;

struct full_mmlist {
    static void init(mm_struct* mm) { INIT_LIST_HEAD(&mm->mmlist); }
    /// fork: before and after the child gets its areas. exec: the space is current's now.
    static void forking(mm_struct* child, mm_struct* parent) { add_behind(child, parent); }
    static void forked(mm_struct*, mm_struct*) {}
    static void entered(mm_struct* mm) { add_behind(mm, &init_mm); }

    /// A space gets an entry that names a slot: it is on the list. An exec that has not come so far holds
    /// its space alone, and its strings may be swapped out.
    static void join(mm_struct* mm) {
        if (list_empty(&mm->mmlist)) add_behind(mm, &init_mm);
    }
    static void join_behind(mm_struct*, mm_struct*) {}
    /// One user less. True: that was the last one.
    static bool drop_user(mm_struct* mm) { return atomic_dec_and_test(&mm->mm_users); }

    static void leave(mm_struct* mm) {
        spin_guard guard(&mmlist_lock);
        list_del_init(&mm->mmlist);
    }

  private:
    static void add_behind(mm_struct* mm, mm_struct* first) {
        spin_guard guard(&mmlist_lock);
        if (list_empty(&mm->mmlist)) list_add(&mm->mmlist, &first->mmlist);
    }
};
