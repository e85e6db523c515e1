// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's page of user code is an area of each program, whose address stands in the space's context;
// fork's child has it at the same place.
#pragma once

#include "arch/vdso.h"
#include "mm/mm_types.h"

struct mapped_vdso {
    static void boot() { vdso_init(); }
    /// exec: maps the page where an area of its size goes by itself, in current's new space. 0 or -errno.
    static int map(mm_struct* mm);
    /// Where it is; 0: nowhere.
    static ulong base(const mm_struct* mm) { return reinterpret_cast<ulong>(mm->context.vdso); }
    // Its functions: a system call, and where the handlers of signals return to. 0 without the page.
    static ulong vsyscall(const mm_struct* mm) { return function(mm, VDSO_VSYSCALL); }
    static ulong sigreturn(const mm_struct* mm) { return function(mm, VDSO_SIGRETURN); }
    static ulong rt_sigreturn(const mm_struct* mm) { return function(mm, VDSO_RT_SIGRETURN); }
    static bool is_at(const vm_area_struct* vma) {
        return base(vma->vm_mm) && vma->vm_start == base(vma->vm_mm);
    }

  private:
    static ulong function(const mm_struct* mm, ulong place) { return base(mm) ? base(mm) + place : 0; }
};
