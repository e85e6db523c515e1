// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/sys/fs/suid_dumpable: how programs are dumped that act for somebody else (MM_FACTS 4.26).
#include "fs/proc/sysctl.h"
#include "kernel/cred.h"

const sysctl_number edition_sysctls[] = {
    {.directory = "fs",
     .name = "suid_dumpable",
     .get = [] { return static_cast<ulong>(suid_dumpable); },
     .set = [](ulong value) { suid_dumpable = static_cast<int>(value); },
     .max = 2},
    {},
};
