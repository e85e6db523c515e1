// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of a counter of resident pages that fork copies.
#include "mm/policy/inherited_rss.h"

#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

void inherited_rss::validate(const mm_struct* mm, ulong anon, ulong file) {
    require(mm->rss >= anon + file, "INV-10", mm, "rss", mm->rss, anon + file);
}

#endif
