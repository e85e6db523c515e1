// SPDX-License-Identifier: GPL-2.0-or-later
// See vdso.h.
#include "arch/vdso.h"

#include "kernel/cmdline.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/internal.h"

extern "C" const char vdso_start[], vdso_end[];

page* vdso_page;

void vdso_init() {
    char enabled[2];
    if (get_option("vdso", enabled, sizeof enabled) && enabled[0] == '0') return;
    vdso_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
    if (!vdso_page) panic("vdso_init: no memory");
    const auto size = static_cast<size_t>(vdso_end - vdso_start);
    BUG_ON(size > PAGE_SIZE);
    memcpy(page_address(vdso_page), vdso_start, size);
}
