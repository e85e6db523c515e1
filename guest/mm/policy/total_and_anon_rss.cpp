// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of the two counters of resident pages, and of the peaks.
#include "mm/policy/total_and_anon_rss.h"

#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

void total_and_anon_rss::validate(const mm_struct* mm, ulong anon, ulong file) {
    require_equal("INV-10", mm, "rss", mm->rss, anon + file);
    require_equal("INV-11", mm, "anon_rss", mm->anon_rss, anon);
    require(mm->hiwater_rss >= mm->rss, "INV-36", mm, "hiwater_rss", mm->hiwater_rss, mm->rss);
    require(mm->hiwater_vm >= mm->total_vm, "INV-36", mm, "hiwater_vm", mm->hiwater_vm, mm->total_vm);
}

#endif
