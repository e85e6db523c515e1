// SPDX-License-Identifier: GPL-2.0-or-later
// Who may lock how much memory (4.16): two ways.
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"

/// Whoever has a limit may lock up to it; the superuser is not asked.
struct lock_by_limit {
    /// A new space, or the copy that fork begins with: what mlockall said of the future.
    static void init(mm_struct* mm) { mm->def_flags = 0; }
    static bool may_lock(bool superuser, ulong limit) { return superuser || limit != 0; }
    static constexpr bool limit_for_superuser = false;
    static ulong most_pages() { return ~0ul; }
    /// May everybody unlock everything?
    static constexpr bool anybody_unlocks_all = true;
    /// mlockall(MCL_FUTURE) leaves what exists as it is.
    static constexpr bool future_alone_unlocks = false;
    /// mmap understands MAP_LOCKED.
    static constexpr bool mmap_locks = true;
};

/// The superuser alone, up to the limit and to half of the memory.
struct lock_by_superuser {
    static void init(mm_struct* mm) { mm->def_flags = 0; }
    static bool may_lock(bool superuser, ulong) { return superuser; }
    static constexpr bool limit_for_superuser = true;
    static ulong most_pages() { return contig_zone.present_pages / 2; }
    static constexpr bool anybody_unlocks_all = false;
    static constexpr bool future_alone_unlocks = true;
    static constexpr bool mmap_locks = false;
};

/// The same, and a child begins with what its parent said of the future.
struct inherited_locks : lock_by_superuser {
    static void init(mm_struct*) {}
};
