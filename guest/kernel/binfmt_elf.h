// SPDX-License-Identifier: GPL-2.0-or-later
// What the two halves of the ELF loader share: the segments go into memory, then the tables onto the stack.
#pragma once

#include "kernel/binfmts.h"
#include "kernel/elf.h"

/// Argument, environment and auxiliary vectors below the strings; sets arg_*, env_*, start_stack, saved_auxv
/// of current->mm, and bprm->p to the new program's ESP (MM_FACTS 5.3). 0 or -EFAULT.
int create_elf_tables(linux_binprm* bprm, const Elf32_Ehdr& header, ulong load_addr);
