// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of the two counters of resident pages.
#include "mm/policy/split_rss.h"

#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

void split_rss::validate(const mm_struct* mm, ulong anon, ulong file) {
    require_equal("INV-11", mm, "_anon_rss", mm->_anon_rss, anon);
    require_equal("INV-11", mm, "_file_rss", mm->_file_rss, file);
}

#endif
