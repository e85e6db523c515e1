// SPDX-License-Identifier: GPL-2.0-or-later
// The spaces that a format has loaded are counted.
#include "mm/policy/counted_binfmt.h"

#include "kernel/binfmts.h"

void counted_binfmt::set(mm_struct* mm, linux_binfmt* format) {
    if (format) atomic_inc(&format->users);
    if (mm->binfmt) atomic_dec(&mm->binfmt->users);
    mm->binfmt = format;
}

void counted_binfmt::fork(mm_struct* mm) {
    if (mm->binfmt) atomic_inc(&mm->binfmt->users);
}
