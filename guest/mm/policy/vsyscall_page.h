// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's page of user code lies in the kernel's half, at the same address for all, and every program
// may read and run it there.
#pragma once

#include "arch/vdso.h"
#include "mm/mm_types.h"

struct vsyscall_page {
    static constexpr ulong ADDRESS = 0xFFFFE000;

    /// Makes the page and its entry in the master page tables, before any other space has copied them.
    static void boot();
    static int map(mm_struct*) { return 0; }
    /// Where it is; 0: nowhere, if the kernel's command line says `vdso=0`.
    static ulong base(const mm_struct*) { return vdso_page ? ADDRESS : 0; }
    // Its functions: a system call, and where the handlers of signals return to. 0 without the page.
    static ulong vsyscall(const mm_struct* mm) { return function(mm, VDSO_VSYSCALL); }
    static ulong sigreturn(const mm_struct* mm) { return function(mm, VDSO_SIGRETURN); }
    static ulong rt_sigreturn(const mm_struct* mm) { return function(mm, VDSO_RT_SIGRETURN); }
    static bool is_at(const vm_area_struct*) { return false; }

  private:
    static ulong function(const mm_struct* mm, ulong place) { return base(mm) ? base(mm) + place : 0; }
};
