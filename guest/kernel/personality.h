// SPDX-License-Identifier: GPL-2.0-or-later
// personality: which execution domain's habits a program expects (MM_FACTS 5.8). Children and programs that
// are executed inherit it.
#pragma once

#include "kernel/sched.h"

enum : ulong {
    ADDR_COMPAT_LAYOUT = 0x0200000,  // exec lays mappings out bottom-up
    READ_IMPLIES_EXEC = 0x0400000,   // PROT_READ brings PROT_EXEC with it
};
constexpr ulong PERSONALITY_QUERY = 0xFFFFFFFF;

/// The right to execute (PROT_EXEC, VM_EXEC: 4) if `access` allows to read (1) and reading implies it; else
/// 0.
inline ulong implied_exec(ulong access) {
    return (access & 1) && (current->personality & READ_IMPLIES_EXEC) ? 4 : 0;
}

/// Sets it, unless `wanted` is PERSONALITY_QUERY. The value before.
long sys_personality(ulong wanted);
