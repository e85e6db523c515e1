// SPDX-License-Identifier: GPL-2.0-or-later
// The records of modify_ldt(2), and what the way a space keeps its table does with them (ldt.cpp or
// ldt_buffer.cpp).
#pragma once

#include "arch/segment.h"

/// Function 1 writes records of the old style, which do not know the bit "useable".
enum class LdtStyle { Old, New };

/// What stands in the table for a record; a record that means "nothing" gives an empty descriptor.
desc_struct descriptor_for(const user_desc& wanted, LdtStyle style);

/// The running program's table, from its beginning on. Bytes read or -errno.
long read_ldt(void* to, ulong bytecount);
/// Writes the entry of a record that was checked. 0 or -ENOMEM.
long write_ldt(const user_desc& wanted, LdtStyle style);
