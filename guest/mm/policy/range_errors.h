// SPDX-License-Identifier: GPL-2.0-or-later
// What mprotect and msync say of ranges that are not wholly mapped, or no ranges (4.14, 4.17).
#pragma once

#include "kernel/errno.h"

/// `LaterAdvice`: madvise knows MADV_REMOVE, MADV_DONTFORK and MADV_DOFORK.
template <bool LaterAdvice>
struct late_range_errors {
    static constexpr bool later_advice = LaterAdvice;
    /// mmap of memory without a file wants MAP_SHARED or MAP_PRIVATE.
    static constexpr bool needs_type = true;
    /// mmap refuses an area of a file that is to grow.
    static constexpr bool files_do_not_grow = true;
    static constexpr int hole = -ENOMEM, wrap = -ENOMEM;
    /// mprotect knows PROT_SEM, PROT_GROWSDOWN and PROT_GROWSUP.
    static constexpr bool later_protections = true;
    /// msync refuses MS_ASYNC with MS_SYNC, and MS_INVALIDATE of locked memory.
    static constexpr bool strict_msync = true;
    /// mremap to nothing is an error; else it unmaps all.
    static constexpr bool mremap_needs_length = true;
};

/// `Strict`: mmap looks at the type of memory without a file, and at files that are to grow.
template <bool Strict>
struct early_range_errors {
    static constexpr bool needs_type = Strict;
    static constexpr bool files_do_not_grow = Strict;
    static constexpr bool later_advice = false;
    static constexpr int hole = -EFAULT, wrap = -EINVAL;
    static constexpr bool later_protections = false;
    static constexpr bool strict_msync = false;
    static constexpr bool mremap_needs_length = false;
};
