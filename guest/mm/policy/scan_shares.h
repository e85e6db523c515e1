// SPDX-License-Identifier: GPL-2.0-or-later
// In which order spaces give pages up: that of the task that needs memory first, then the others in the order
// of their list, each a share of what it has (4.21, D-01).
#pragma once

#include "mm/policy/scan_rounds.h"

struct scan_shares {
    /// mm->swap_address of a space that is through: the next scan begins at its beginning (D-12).
    static constexpr ulong finished = 0;
    static constexpr ulong passed_over = VM_RESERVED | VM_LOCKED;
    static void scan(unsigned priority);
};
