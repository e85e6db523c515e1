// SPDX-License-Identifier: GPL-2.0-or-later
// All users of a space are alike: nobody owns it.
#pragma once

#include "mm/mm_types.h"

struct no_owner {
    static void init(mm_struct*, task_struct*) {}
    static void update_next(mm_struct*) {}
    /// Debug build: there is nothing that could be wrong.
    static void validate(const mm_struct*, int) {}
};
