// SPDX-License-Identifier: GPL-2.0-or-later
// A share of each space.
#include "mm/policy/scan_shares.h"

#include "kernel/sched.h"
#include "mm/mm.h"

namespace {

constexpr ulong SWAP_MIN = 8, SWAP_SHIFT = 5;

/// How many pages a space gives at a time.
ulong share_of(const mm_struct* mm) {
    return min(mm->rss, max(mm->rss >> SWAP_SHIFT, SWAP_MIN));
}

/// The space whose turn it is, with a user more; the one behind it is next. Null: there is none.
mm_struct* take_next() {
    spin_guard guard(&mmlist_lock);
    if (swap_mm == &init_mm) swap_mm = list_entry(init_mm.mmlist.next, mm_struct, mmlist);
    mm_struct* mm = swap_mm;
    if (mm == &init_mm) return nullptr;
    swap_mm = list_entry(mm->mmlist.next, mm_struct, mmlist);
    mmget(mm);
    return mm;
}

}  // namespace

/// The less there is to be had, the more spaces are asked.
void scan_shares::scan(unsigned priority) {
    if (mm_struct* own = current->mm) swap_out_mm(own, share_of(own));
    for (int visits = (mmlist_nr >> priority) + 1; visits > 0; visits--) {
        mm_struct* mm = take_next();
        if (!mm) return;
        swap_out_mm(mm, share_of(mm));
        mmput(mm);
    }
}
