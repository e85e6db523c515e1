// SPDX-License-Identifier: GPL-2.0-or-later
// The linear map of low memory in swapper_pg_dir.
#pragma once

#include "lib/types.h"

/// Cuts the boot code's map of 896 MiB down to the RAM there is and sets high_memory.
void paging_init(ulong ram_end);
