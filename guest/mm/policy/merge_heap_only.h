// SPDX-License-Identifier: GPL-2.0-or-later
// Neighbours stay what they are; only the heap goes on in the area that it ends in (4.10).
#pragma once

#include "mm/policy/merge_by_flags.h"

template <class ReverseMap>
struct merge_heap_only : merge_by_flags<ReverseMap> {
    static constexpr bool joins(range_change) { return false; }
    static constexpr bool joins_mapped = false;
    static bool precedes(ulong, const vm_area_struct*) { return false; }
};
