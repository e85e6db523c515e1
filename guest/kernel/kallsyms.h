// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own function names, for back traces.
#pragma once

#include "lib/types.h"

struct kernel_symbol {
    const char* name;  // null: the address is in no function of the kernel
    ulong offset;      // from the function's first byte
};
kernel_symbol find_kernel_symbol(ulong address);
