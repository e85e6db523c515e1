// SPDX-License-Identifier: GPL-2.0-or-later
// What reclaim asks of the way an edition finds the entries of a frame (policy reverse_map).
#pragma once

#include "mm/gfp.h"

/// What became of a page that is to leave all page tables.
enum : int {
    SWAP_SUCCESS,  // no entry maps the page any more
    SWAP_AGAIN,    // some were missed
    SWAP_FAIL,     // it was used a moment ago, or is anonymous and has no slot
    SWAP_MLOCK     // an area with VM_LOCKED maps it
};
inline bool page_mapped(const page* p) {
    return page_mapcount(p) > 0;
}
