// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of memory that one call reads or writes.
#pragma once

#include <stddef.h>

struct iovec {
    void* iov_base;
    size_t iov_len;
};
