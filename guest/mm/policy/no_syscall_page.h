// SPDX-License-Identifier: GPL-2.0-or-later
// Programs have no code of the kernel's: they enter it by INT 0x80, and signal handlers return over their
// stack.
#pragma once

#include "mm/mm_types.h"

struct no_syscall_page {
    static void boot() {}
    static int map(mm_struct*) { return 0; }
    static ulong base(const mm_struct*) { return 0; }
    static ulong vsyscall(const mm_struct*) { return 0; }
    static ulong sigreturn(const mm_struct*) { return 0; }
    static ulong rt_sigreturn(const mm_struct*) { return 0; }
    static bool is_at(const vm_area_struct*) { return false; }
};
