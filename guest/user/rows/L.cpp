// SPDX-License-Identifier: GPL-2.0-or-later
// Rows L: the life cycle of a memory descriptor and its two counters.
#include <signal.h>
#include <unistd.h>

#include "rows/row.h"

ROW(L03_two_processes_share_one_mm) {
    const pid_t other = sharer();
    tell("self", static_cast<unsigned long>(getpid()));
    tell("other", static_cast<unsigned long>(other));
    checkpoint(1);
    finish(other);
    checkpoint(2);
}
