// SPDX-License-Identifier: GPL-2.0-or-later
// What the reverse map asks of swapping, in a kernel with and without it.
#pragma once

#if __has_include("mm/swap.h")
#include "mm/swap.h"
#else
#include "mm/mm.h"
struct swp_entry_t {
    ulong val;
};
inline bool PageSwapCache(const page* p) {
    return test_bit(PG_swapcache, &p->flags);
}
inline swp_entry_t page_swap_entry(const page* p) {
    return {p->private_};
}
inline bool swap_duplicate(swp_entry_t) {
    return false;
}
inline pte_t swp_entry_to_pte(swp_entry_t entry) {
    return {entry.val};
}
inline bool has_swap_token(const mm_struct*) {
    return false;
}
#endif
