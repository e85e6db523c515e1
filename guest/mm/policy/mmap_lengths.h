// SPDX-License-Identifier: GPL-2.0-or-later
// mmap's first questions, about the file, the length and the offset alone (4.9): three ways to answer.
#pragma once

#include "fs/fs.h"
#include "kernel/errno.h"

/// An answer that ends the call, or none: the mapping is to be made.
struct early_answer {
    bool given;
    ulong value;  // the address, or -errno
    static early_answer none() { return {false, 0}; }
    static early_answer of(ulong value) { return {true, value}; }
};

/// An empty mapping is an error; one that is too long and one that reaches too far have their own numbers.
struct exact_lengths {
    /// `*len` becomes a multiple of the page size.
    static early_answer check(const file*, ulong, ulong* len, ulong pgoff) {
        if (!*len) return early_answer::of(-EINVAL);
        *len = PAGE_ALIGN(*len);
        if (!*len || *len > TASK_SIZE) return early_answer::of(-ENOMEM);
        return pgoff + (*len >> PAGE_SHIFT) < pgoff ? early_answer::of(-EOVERFLOW) : early_answer::none();
    }
};

/// A file that cannot be mapped is refused before all else; an empty mapping succeeds, and makes nothing.
struct lenient_lengths {
    static early_answer check(const file* filp, ulong addr, ulong* len, ulong pgoff) {
        if (filp && !(filp->f_op && filp->f_op->mmap)) return early_answer::of(-ENODEV);
        if (!*len) return early_answer::of(addr);
        *len = PAGE_ALIGN(*len);
        const bool fits = *len && *len <= TASK_SIZE && pgoff + (*len >> PAGE_SHIFT) >= pgoff;
        return fits ? early_answer::none() : early_answer::of(-EINVAL);
    }
};

/// The same, and a length that overflows is an empty mapping. `PlaceToo`: an address from which the mapping
/// would not fit is refused, although it may be a hint alone.
template <bool PlaceToo>
struct overflowing_lengths {
    static early_answer check(const file* filp, ulong addr, ulong* len, ulong pgoff) {
        if (*len && !PAGE_ALIGN(*len) && (!filp || (filp->f_op && filp->f_op->mmap)))
            return early_answer::of(addr);
        const early_answer answer = lenient_lengths::check(filp, addr, len, pgoff);
        if (PlaceToo && !answer.given && addr > TASK_SIZE - *len) return early_answer::of(-EINVAL);
        return answer;
    }
};
