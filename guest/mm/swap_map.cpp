// SPDX-License-Identifier: GPL-2.0-or-later
// See swap_map.h.
#include "mm/swap_map.h"

#include "kernel/printk.h"
#include "lib/string.h"

namespace {

bool is_slot(const swap_map* map, ulong slot) {
    return slot > 0 && slot < map->slots;
}

/// The first free slot in [from, to), or 0.
ulong find_free(const swap_map* map, ulong from, ulong to) {
    for (ulong slot = from; slot < to; slot++) {
        if (map->count[slot] == 0) return slot;
    }
    return 0;
}

}  // namespace

void swap_map_init(swap_map* map, u16* count, ulong slots) {
    *map = swap_map{.count = count, .slots = slots, .usable = slots - 1, .in_use = 0, .next = 1};
    memset(count, 0, slots * sizeof(u16));
    count[0] = SWAP_MAP_BAD;
}

bool swap_map_mark_bad(swap_map* map, ulong slot) {
    if (!is_slot(map, slot) || map->count[slot] != 0) return false;
    map->count[slot] = SWAP_MAP_BAD;
    map->usable--;
    return true;
}

ulong swap_map_alloc(swap_map* map) {
    if (map->in_use == map->usable) return 0;
    ulong slot = find_free(map, map->next, map->slots);
    if (!slot) slot = find_free(map, 1, map->next);
    BUG_ON(!slot);
    map->count[slot] = 1;
    map->in_use++;
    map->next = slot + 1 < map->slots ? slot + 1 : 1;
    return slot;
}

bool swap_map_in_use(const swap_map* map, ulong slot) {
    return swap_map_count(map, slot) != 0;
}

bool swap_map_get(swap_map* map, ulong slot) {
    const unsigned users = swap_map_count(map, slot);
    if (users == 0 || users >= SWAP_MAP_MAX) return false;
    map->count[slot]++;
    return true;
}

unsigned swap_map_put(swap_map* map, ulong slot) {
    BUG_ON(!swap_map_in_use(map, slot));
    const unsigned left = --map->count[slot];
    if (left == 0) map->in_use--;
    return left;
}

unsigned swap_map_count(const swap_map* map, ulong slot) {
    if (!is_slot(map, slot) || map->count[slot] == SWAP_MAP_BAD) return 0;
    return map->count[slot];
}
