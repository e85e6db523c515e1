// SPDX-License-Identifier: GPL-2.0-or-later
// Thread-local storage segments: three GDT entries of each task (set_thread_area(2), clone's CLONE_SETTLS).
#pragma once

#include "lib/types.h"

struct task_struct;

/// struct user_desc of Linux's i386 ABI. flags: bit 0 32-bit, 1-2 contents, 3 read/exec only, 4 limit in
/// pages, 5 not present, 6 useable.
struct user_desc {
    u32 entry_number;  // 6 - 8, or -1: the kernel chooses and writes it back
    u32 base_addr, limit, flags;
};
enum class TlsSlot { MayBeChosen, MustBeNamed };

/// 0, -EFAULT, -EINVAL, -ESRCH (no free entry). CLONE_SETTLS calls it for the child, before it runs.
int set_tls_area(task_struct* task, user_desc* from, TlsSlot slot);
long sys_set_thread_area(user_desc* area);
long sys_get_thread_area(user_desc* area);
/// exec: the new program starts without.
void flush_tls();
