// SPDX-License-Identifier: GPL-2.0-or-later
// A page of code that the kernel lends every program (arch/vdso): a shared object, whose address the
// auxiliary vector tells (AT_SYSINFO_EHDR). Where programs have it is the edition's affair (syscall_page).
#pragma once

#include "lib/types.h"

struct page;

/// The one page that all programs see; null: they have none.
extern page* vdso_page;

/// Where the page's functions begin.
constexpr ulong VDSO_VSYSCALL = 0x400, VDSO_SIGRETURN = 0x420, VDSO_RT_SIGRETURN = 0x440;

/// Boot: makes the page, unless the kernel's command line says `vdso=0`: then programs have none.
void vdso_init();
