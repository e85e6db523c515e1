// SPDX-License-Identifier: GPL-2.0-or-later
// What edition 2.4.0 does in its own way: each name is a policy that the shared code calls, the type behind
// it one way to do it (mm/policy/). Included by mm/mm.h only.
#pragma once

#include "mm/editions/series_2.4/policies.h"
#include "mm/policy/all_spaces_late.h"
#include "mm/policy/avl_areas.h"
#include "mm/policy/inherited_rss.h"
#include "mm/policy/merge_heap_only.h"
#include "mm/policy/scan_shares.h"

using area_tree = avl_areas;                       // how an area is found (4.7, 4.11)
using rss_counters = inherited_rss;                // how resident pages are counted (4.20)
using area_search = first_fit_from_hint;           // how a free interval is found (4.8)
using scan_order = scan_shares;                    // whose turn it is to give pages up (4.21)
using mm_list = all_spaces_late;                   // which spaces are on mmlist (D-06)
using space_context = ldt_buffer_of_users<false>;  // when the LDT goes (D-07)
using lock_rules = inherited_locks;                // who may lock memory (4.16)
using range_errors = early_range_errors<false>;    // what mprotect and msync refuse (4.14, 4.17)
using mmap_lengths = overflowing_lengths<true>;    // mmap's first checks (4.9)
using merge_rules = merge_heap_only<reverse_map>;  // which neighbours become one (4.10)
using dead_space = cleared_dead_space<area_tree, rss_counters>;  // what is left of a space (4.4)

/// What the page-fault trap lets pass (4.19).
struct fault_rules : series_fault_rules {
    /// A page that had to be read from a swap area.
    static constexpr int swap_in = VM_FAULT_MINOR;
    /// Any access to a kernel address brings the page directory up to date, whoever made it.
    static constexpr bool eager_directory = true;
    /// pid 1 tries again when there is no memory.
    static constexpr bool spares_init = false;
};
