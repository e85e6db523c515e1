// SPDX-License-Identifier: GPL-2.0-or-later
// A space has no contexts of asynchronous input and output.
#pragma once

#include "mm/mm_types.h"

struct no_aio {
    static void init(mm_struct*) {}
    static ulong validate(mm_struct*) { return 0; }
};
