// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of the counter of resident pages.
#include "mm/policy/one_rss.h"

#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

void one_rss::validate(const mm_struct* mm, ulong anon, ulong file) {
    require_equal("INV-10", mm, "rss", mm->rss, anon + file);
}

#endif
