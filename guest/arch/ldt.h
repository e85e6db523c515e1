// SPDX-License-Identifier: GPL-2.0-or-later
// The local descriptor table of an address space (modify_ldt(2)): mm_context_t's ldt and size. It belongs to
// the mm from its first write until the last mmdrop (MM_FACTS 4.24, D-07).
#pragma once

#include "mm/mm_types.h"

constexpr int LDT_ENTRIES = 8192, LDT_ENTRY_SIZE = 8;

/// Gives a new mm its context: a private copy of current's LDT, if current has one. fork and exec alike.
/// Takes the context lock of current's mm. 0 or -ENOMEM.
int init_new_context(mm_struct* mm);
/// Frees the LDT. Nobody has the mm loaded any more.
void destroy_context(mm_struct* mm);
/// Puts the table into the processor's LDTR. Preemption is off.
void load_LDT_nolock(const mm_context_t* context);
/// Functions 0 (read), 1 and 0x11 (write, old and new style), 2 (read the default table). Bytes read, 0 or
/// -errno.
long sys_modify_ldt(int function, void* record, ulong bytecount);
