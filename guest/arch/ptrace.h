// SPDX-License-Identifier: GPL-2.0-or-later
// The registers of an interrupted context, as the entry code of arch/entry.S leaves them on the kernel stack.
#pragma once

#include "lib/types.h"

struct pt_regs {
    ulong ebx, ecx, edx, esi, edi, ebp, eax;
    ulong ds, es, fs, gs;
    ulong orig_eax;  // system call number, error code of an exception, or ~irq
    ulong eip, cs, eflags;
    ulong esp, ss;  // only there if the context was user mode
};

constexpr ulong X86_EFLAGS_TF = 0x100, X86_EFLAGS_IF = 0x200, X86_EFLAGS_DF = 0x400;

inline bool user_mode(const pt_regs* regs) {
    return (regs->cs & 3) == 3;
}
