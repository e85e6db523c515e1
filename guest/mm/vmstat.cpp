// SPDX-License-Identifier: GPL-2.0-or-later
// Counters of what memory management does, for /proc/vmstat and the tour.
#include "mm/mm.h"

vm_event_state vm_stat;
