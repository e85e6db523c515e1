// SPDX-License-Identifier: GPL-2.0-or-later
// Showing pages in another order where drivers give them by faults only.
#include "mm/internal.h"

/// First every entry says which page it is to show.
int fault_requests::show(vm_area_struct* vma, ulong start, ulong end, pgoff_t pgoff, bool nonblock) {
    zap_page_range(vma, start, end);
    for (ulong at = start; at < end; at += PAGE_SIZE, pgoff++) {
        if (const int error = install_file_pte(vma, at, pgoff)) return error;
    }
    if (!nonblock) make_pages_present(start, end);
    return 0;
}
