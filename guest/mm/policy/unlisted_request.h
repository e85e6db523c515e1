// SPDX-License-Identifier: GPL-2.0-or-later
// A read or write that its task waits for is in no context.
#pragma once

#include "mm/mm_types.h"

struct unlisted_request {
    unlisted_request(file*, u16, char*, size_t, loff_t) {}
};
