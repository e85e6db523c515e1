// SPDX-License-Identifier: GPL-2.0-or-later
// The auxiliary vector of a program is on its stack, and nowhere else.
#pragma once

#include "mm/mm_types.h"

struct stack_aux_vector {
    static constexpr bool kept = false;
    static constexpr unsigned words = 44;  // of the vector while it is made
    static constexpr ulong bytes = 0;
    static void save(mm_struct*, const ulong*, unsigned) {}
    static const ulong* get(const mm_struct*) { return nullptr; }
};
