// SPDX-License-Identifier: GPL-2.0-or-later
// A number of the kernel under /proc/sys, which everybody may read and the superuser may change.
#pragma once

#include "lib/types.h"

struct sysctl_number {
    const char *directory, *name;  // below /proc/sys
    ulong (*get)();
    void (*set)(ulong value);  // 0 to max
    ulong max;
};

/// Those that the edition has, a directory each; the last one has no name. Its sources.cmake names the file.
extern const sysctl_number edition_sysctls[];
