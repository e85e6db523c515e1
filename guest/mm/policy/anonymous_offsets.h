// SPDX-License-Identifier: GPL-2.0-or-later
// What vm_pgoff of private memory without a file is: two ways.
#pragma once

#include "mm/mm_types.h"

/// The page number of its place, so that the areas of one mapping continue each other wherever it is cut.
struct offset_of_place {
    /// mmap at `addr`, with the offset that the program gave.
    static pgoff_t mapped(ulong addr, pgoff_t) { return addr >> PAGE_SHIFT; }
    /// The heap, the stack.
    static pgoff_t made(ulong addr) { return addr >> PAGE_SHIFT; }
    /// mremap moves an area that nobody has touched from page `pgoff` to `addr`.
    static pgoff_t moved(ulong addr, pgoff_t) { return addr >> PAGE_SHIFT; }
};

/// What the program said, or 0: it means nothing.
struct offset_as_given {
    static pgoff_t mapped(ulong, pgoff_t given) { return given; }
    static pgoff_t made(ulong) { return 0; }
    static pgoff_t moved(ulong, pgoff_t pgoff) { return pgoff; }
};
