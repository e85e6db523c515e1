// SPDX-License-Identifier: GPL-2.0-or-later
// Pages in advance where drivers give them by faults only.
#include "mm/policy/fault_requests.h"

#include "mm/internal.h"

void fault_requests::prefault(mm_struct*, ulong start, ulong end, bool nonblock) {
    if (!nonblock) make_pages_present(start, end);
}
