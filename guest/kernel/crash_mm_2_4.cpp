// SPDX-License-Identifier: GPL-2.0-or-later
// Mistakes with address spaces of the 2.4 editions: each breaks one invariant that validate_mm has to find.
#include "kernel/crash.h"
#include "kernel/printk.h"
#include "mm/internal.h"

namespace {

/// An address space with nothing in it and nobody who uses it.
mm_struct* new_space() {
    mm_struct* mm = mm_alloc();
    if (!mm) panic("crash: no memory for an address space");
    return mm;
}

/// As often as it takes until everything is looked at.
void validate(mm_struct* mm) {
    down_write(&mm->mmap_sem);
    for (int i = 0; i < 8; i++)
        validate_mm(mm);
    up_write(&mm->mmap_sem);
}

void half_a_place_on_mmlist() {
    mm_struct* mm = new_space();
    mm->mmlist.next = &init_mm.mmlist;
    validate(mm);
}

void a_page_that_is_not_there() {
    mm_struct* mm = new_space();
    mm->rss = 1;
    validate(mm);
}

void an_ldt_of_nobody() {
    mm_struct* mm = new_space();
    mm->context.segments = mm;
    validate(mm);
}

}  // namespace

const mistake mm_mistakes[] = {
    {"half_a_place_on_mmlist", half_a_place_on_mmlist},
    {"a_page_that_is_not_there", a_page_that_is_not_there},
    {"an_ldt_of_nobody", an_ldt_of_nobody},
    {nullptr, nullptr},
};
