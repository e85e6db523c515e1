// SPDX-License-Identifier: GPL-2.0-or-later
// Nobody else keeps translations of a space: nobody is told of changes.
#pragma once

#include "mm/mm_types.h"

struct no_listeners {
    /// Around a change of entries of [start, end): range(mm, start, end).
    struct range {
        range(mm_struct*, ulong, ulong) {}
        ~range() {}  // so that one which is only there for its scope counts as used
    };

    static void init(mm_struct*) {}
    static void release(mm_struct*) {}
    static void destroy(mm_struct*) {}
    static void invalidate_page(mm_struct*, ulong) {}
    static bool clear_flush_young(mm_struct*, ulong) { return false; }

    /// Debug build: how many listen.
    static ulong validate(mm_struct*) { return 0; }
};
