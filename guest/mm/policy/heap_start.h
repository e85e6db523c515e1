// SPDX-License-Identifier: GPL-2.0-or-later
// Where the heap of a new program begins, whose last segment ends at `end`: two ways (4.6).
#pragma once

#include "mm/mm_types.h"

struct heap_on_next_page {
    static ulong of(ulong end) { return PAGE_ALIGN(end); }
};

/// Directly behind; what is left of the last page belongs to it.
struct heap_right_behind {
    static ulong of(ulong end) { return end; }
};
