// SPDX-License-Identifier: GPL-2.0-or-later
// Round the list of spaces.
#include "mm/policy/scan_rounds.h"

#include "mm/mm.h"

namespace {

constexpr ulong GOAL = 32;

mm_struct* behind(const mm_struct* mm) {
    return list_entry(mm->mmlist.next, mm_struct, mmlist);
}

/// The next space that is not through, with a user more; swap_mm is that one then. Null: the list has none,
/// and who was through begins anew.
mm_struct* take_next() {
    spin_guard guard(&mmlist_lock);
    for (int passed = 0; passed <= mmlist_nr + 1; passed++) {
        mm_struct* mm = swap_mm;
        if (mm != &init_mm && mm->swap_address != scan_rounds::finished) {
            mmget(mm);
            return mm;
        }
        mm->swap_address = 0;
        swap_mm = behind(mm);
    }
    return nullptr;
}

}  // namespace

void scan_rounds::scan(unsigned) {
    ulong goal = GOAL;
    for (int rounds = mmlist_nr; rounds >= 0 && goal; rounds--) {
        mm_struct* mm = take_next();
        if (!mm) return;
        goal = swap_out_mm(mm, goal);
        mmput(mm);
    }
}
