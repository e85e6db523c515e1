// SPDX-License-Identifier: GPL-2.0-or-later
// Counters of what memory management does, for /proc/vmstat and the tour.
#include "mm/mm.h"
#include "mm/swap.h"

vm_event_state vm_stat;
ulong nr_swap_pages, total_swap_pages;  // swap_lock
