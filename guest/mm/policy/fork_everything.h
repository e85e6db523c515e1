// SPDX-License-Identifier: GPL-2.0-or-later
// fork copies all entries (4.5).
#pragma once

#include "mm/mm_types.h"

struct fork_everything {
    static bool copies_entries(const vm_area_struct*) { return true; }
};
