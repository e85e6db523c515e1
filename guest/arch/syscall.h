// SPDX-License-Identifier: GPL-2.0-or-later
// The system-call table, as arch/entry.S and arch/traps.cpp use it. int 0x80: number in EAX, arguments in
// EBX, ECX, EDX, ESI, EDI, EBP, result in EAX (Linux's i386 convention).
#pragma once

#include "lib/types.h"

using sys_call_t = long (*)(long, long, long, long, long, long);
constexpr unsigned nr_syscalls = 338;
/// kernel/syscall_table.cpp. Entries are never null: a number without a call is sys_ni_syscall (-ENOSYS).
/// A call that needs the caller's registers (fork, clone, execve, sigreturn) takes task_pt_regs(current).
struct sys_call_table_t {
    sys_call_t entry[nr_syscalls];
    sys_call_t operator[](ulong number) const { return entry[number]; }
};
extern const sys_call_table_t sys_call_table;
