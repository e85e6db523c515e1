// SPDX-License-Identifier: GPL-2.0-or-later
// The format of a program stands in its tasks alone (task_struct::binfmt).
#pragma once

#include "mm/mm_types.h"

struct task_binfmt {
    /// The format that loaded the program of current, whose space is `mm`; null for none.
    static linux_binfmt* get(const mm_struct* mm);
    static void set(mm_struct*, linux_binfmt*) {}
    static void fork(mm_struct*) {}
    static void put(mm_struct*) {}
};
