// SPDX-License-Identifier: GPL-2.0-or-later
// The LDT of an address space as one buffer for all entries there can be, from vmalloc, from the first write
// on until the last user of the space goes (MM_FACTS 4.24, D-07).
#pragma once

#include "arch/ldt.h"

/// A new space has none.
void forget_segments(mm_struct* mm);
/// Has the processor loaded the table since it was made? True if the edition does not know.
bool has_loaded_LDT(const mm_struct* mm);
/// Debug build: panics if there is no whole table behind the pointer (INV-38).
void validate_segments(const mm_struct* mm);
/// fork: the child of `oldmm` gets a copy. Without memory it has none.
void copy_segments(mm_struct* mm, const mm_struct* oldmm);
/// Frees the buffer; the processor forgets it, if it has it loaded.
void release_segments(mm_struct* mm);
/// Puts the table into the processor's LDTR. Preemption is off.
void load_LDT(mm_struct* mm);
