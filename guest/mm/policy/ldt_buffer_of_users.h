// SPDX-License-Identifier: GPL-2.0-or-later
// The LDT goes with the last user of a space (D-07); whoever still borrows it gets along without. exec's new
// space has none; fork's child has a copy.
#pragma once

#include "arch/ldt_buffer.h"

/// `ReadsDefault`: modify_ldt has function 2.
template <bool ReadsDefault>
struct ldt_buffer_of_users {
    static constexpr bool reads_default = ReadsDefault;
    static void boot(mm_struct*) {}
    static int init(mm_struct* mm) {
        forget_segments(mm);
        return 0;
    }
    static void fork(mm_struct* mm, const mm_struct* oldmm) { copy_segments(mm, oldmm); }
    static void end(mm_struct* mm) { release_segments(mm); }
    static void destroy(mm_struct*) {}

    static void change(mm_struct* prev, mm_struct* next) {
        if (prev->context.segments != next->context.segments) load_LDT(next);
    }
    static void load(mm_struct* mm) {
        if (!has_loaded_LDT(mm)) load_LDT(mm);
    }

    /// Debug build: panics if there is no whole table behind the pointer (INV-38).
    static void validate(const mm_struct* mm) { validate_segments(mm); }
};
