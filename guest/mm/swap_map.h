// SPDX-License-Identifier: GPL-2.0-or-later
// How often each slot of a swap area is used: by page-table entries, and once more by the swap cache
// (INV-28). Slot 0 is the area's header, never a page. Knows no locks and no disks.
#pragma once

#include "lib/types.h"

enum : u16 { SWAP_MAP_MAX = 0x7FFF, SWAP_MAP_BAD = 0x8000 };

struct swap_map {
    u16* count;    // of each slot; SWAP_MAP_BAD: the slot cannot be used
    ulong slots;   // slots [1, slots)
    ulong usable;  // without the bad ones
    ulong in_use;
    ulong next;  // where the search for a free slot begins
};

/// All slots free. `count` has room for `slots` entries and belongs to the caller.
void swap_map_init(swap_map* map, u16* count, ulong slots);
/// Marks a slot as unusable. False if it is no free slot of the area.
bool swap_map_mark_bad(swap_map* map, ulong slot);
/// A free slot, now with one user; searched from behind the last one given, so that pages that go out one
/// after the other lie one after the other. 0: the area is full.
ulong swap_map_alloc(swap_map* map);
/// True if the slot has users.
bool swap_map_in_use(const swap_map* map, ulong slot);
/// One user more. False if the slot has none yet, is bad or no slot, or has as many as can be counted.
bool swap_map_get(swap_map* map, ulong slot);
/// One user less; how many are left. The slot must have one.
unsigned swap_map_put(swap_map* map, ulong slot);
/// Users of a slot; 0 if it is free, bad or no slot.
unsigned swap_map_count(const swap_map* map, ulong slot);
