// SPDX-License-Identifier: GPL-2.0-or-later
// The auxiliary vector of a program is kept in its space, for /proc/PID/auxv and core dumps; fork's child has
// a copy. Written by exec, before anybody else knows the space.
#pragma once

#include "lib/string.h"
#include "mm/mm_types.h"

struct saved_aux_vector {
    static constexpr bool kept = true;
    static constexpr unsigned words = AT_VECTOR_SIZE;  // of the vector; zeros are behind its AT_NULL
    static constexpr ulong bytes = words * sizeof(ulong);

    /// `count` words, of which the last two are AT_NULL.
    static void save(mm_struct* mm, const ulong* vector, unsigned count) {
        memset(mm->saved_auxv, 0, bytes);
        memcpy(mm->saved_auxv, vector, count * sizeof(ulong));
    }
    static const ulong* get(const mm_struct* mm) { return mm->saved_auxv; }
};
