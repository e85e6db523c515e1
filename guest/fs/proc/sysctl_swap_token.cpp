// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/sys/vm/swap_token_timeout: for how many seconds a space may have the swap token (MM_FACTS 4.23).
#include "fs/proc/sysctl.h"
#include "kernel/sched.h"
#include "mm/mm.h"

const sysctl_number edition_sysctls[] = {
    {.directory = "vm",
     .name = "swap_token_timeout",
     .get = [] { return swap_token_default_timeout / HZ; },
     .set = [](ulong seconds) { swap_token_default_timeout = seconds * HZ; },
     .max = 3600},
    {},
};
