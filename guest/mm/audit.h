// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of the debug build's check (audit.cpp) among themselves.
#pragma once

#include "mm/internal.h"

/// Panics with the invariant's number unless `holds`.
void require(bool holds, const char* rule, const mm_struct* mm, const char* what, ulong found,
             ulong expected);
inline void require_equal(const char* rule, const mm_struct* mm, const char* what, ulong found,
                          ulong expected) {
    require(found == expected, rule, mm, what, found, expected);
}

/// The entries of an hlist, each of which knows who points to it. Its lock is held.
ulong checked_length(const mm_struct* mm, const hlist_head* head, const char* rule);

// What the descriptor says of its program (audit_values.cpp)
// --------------------------------------------------
void check_values(const mm_struct* mm);
/// The area ends where its file could (INV-49).
void check_offset(const vm_area_struct* vma);

// What hangs on a descriptor, and who may use it (audit_context.cpp) ----------------------------------------
/// Listeners, AIO contexts and a dump in progress (INV-42, 43, 44), all of which count (INV-14).
void check_attachments(mm_struct* mm);
/// Users, owner, the circle of spaces with swap entries, the processor, files that run (INV-13, 40, 15, 25,
/// 50).
void check_relations(const mm_struct* mm);
/// Only the space whose directory is loaded has the processor's bit, and the running task's has it (tlb.cpp).
void check_cpu_mask(const mm_struct* mm);

// The reverse map (the edition's): INV-31 and INV-32 -------------------------------------------------------
/// Files that run have no writers (INV-50).
void check_writers(const mm_struct* mm);
/// The area's own links: its neighbours in the anon_vma's list and in the file's tree.
void check_links(const vm_area_struct* vma);
/// Whoever comes from a file or a frame finds the areas of this space.
void check_reverse_map(const mm_struct* mm);
/// `p` is mapped at `address` of the area: what it says of itself leads there.
void check_page_says(const vm_area_struct* vma, const page* p, ulong address);
