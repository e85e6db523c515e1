// SPDX-License-Identifier: GPL-2.0-or-later
// The LDT of an address space as one buffer for all entries there can be, from vmalloc, from the first write on until the
// last user of the space goes (MM_FACTS 4.24, D-07).
#pragma once

#include "arch/ldt.h"

/// fork: the child of `oldmm` gets a copy. Without memory it has none.
void copy_segments(mm_struct* mm, const mm_struct* oldmm);
/// Frees the buffer; the processor forgets it, if it has it loaded.
void release_segments(mm_struct* mm);
/// Puts the table into the processor's LDTR. Preemption is off.
void load_LDT(mm_struct* mm);
