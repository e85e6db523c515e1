// SPDX-License-Identifier: GPL-2.0-or-later
// The LDT goes with the descriptor, not with the user space (D-07): who borrows a dead space still has it
// loaded.
#pragma once

#include "arch/ldt.h"

struct ldt_of_structure {
    static constexpr bool reads_default = true;  // modify_ldt has function 2
    /// The first descriptor, which no init makes.
    static void boot(mm_struct* mm) { mutex_init(ldt_lock(&mm->context)); }
    /// A copy of current's table for a new space. 0 or -ENOMEM.
    static int init(mm_struct* mm) { return init_new_context(mm); }
    /// fork: the child of `oldmm` is complete.
    static void fork(mm_struct*, const mm_struct*) {}
    /// The last user is gone: whoever borrows the space keeps its LDT.
    static void end(mm_struct*) {}
    /// The last reference is gone, or init was in vain.
    static void destroy(mm_struct* mm) { destroy_context(mm); }

    /// The processor changes over to `next`, or takes up what was changed while it only borrowed it.
    /// Preemption is off.
    static void change(const mm_struct* prev, const mm_struct* next) {
        if (prev->context.ldt != next->context.ldt) load(next);
    }
    static void load(const mm_struct* mm) { load_LDT_nolock(&mm->context); }

    /// Debug build: panics if the size and the table do not fit (INV-38).
    static void validate(const mm_struct* mm);
};
