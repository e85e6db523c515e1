// SPDX-License-Identifier: GPL-2.0-or-later
// Editions whose areas show their files page after page: the call that would change that is unknown.
#include "kernel/errno.h"
#include "mm/mm.h"

long sys_remap_file_pages(ulong, ulong, ulong, ulong, ulong) {
    return -ENOSYS;
}
