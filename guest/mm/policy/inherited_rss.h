// SPDX-License-Identifier: GPL-2.0-or-later
// Resident pages as one_rss counts them; fork's child has as many as its parent, without counting.
#pragma once

#include "mm/policy/one_rss.h"

struct inherited_rss : one_rss {
    static void init(mm_struct*) {}
    static void copied(mm_struct*, const page*) {}
    /// Debug build: what fork left out, or reclaim took meanwhile, is counted all the same.
    static void validate(const mm_struct* mm, ulong anon, ulong file);
};
