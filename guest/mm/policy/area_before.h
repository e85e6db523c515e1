// SPDX-License-Identifier: GPL-2.0-or-later
// What find_vma_prev names as the area before an address that is above all areas (4.7): two ways.
#pragma once

#include "mm/mm_types.h"

/// The highest area.
struct highest_before_none {
    static vm_area_struct* above_all(vm_area_struct* highest) { return highest; }
};

/// None: where no area is found, none is before it.
struct none_before_none {
    static vm_area_struct* above_all(vm_area_struct*) { return nullptr; }
};
