// SPDX-License-Identifier: GPL-2.0-or-later
// The LDT goes with the user space (D-07): who borrows a dead space has none loaded.
#pragma once

#include "mm/policy/ldt_of_structure.h"

struct ldt_of_users : ldt_of_structure {
    /// The last user is gone.
    static void end(mm_struct* mm);
};
