// SPDX-License-Identifier: GPL-2.0-or-later
// The processor's tables: GDT, TSS.
#pragma once

#include "arch/processor.h"
#include "lib/types.h"

/// Index of the task-state segment, of the local descriptor table, and of the first of three descriptors for
/// thread-local storage.
constexpr unsigned GDT_ENTRY_TSS = 16, GDT_ENTRY_LDT = 17, GDT_ENTRY_TLS_MIN = 6, GDT_ENTRIES = 32;

extern "C" desc_struct gdt_table[GDT_ENTRIES];

/// Loads the task register and makes the FPU fault at its first use. The GDT is loaded by the boot code.
void cpu_init();
/// The kernel stack that the processor takes when it leaves user mode.
void set_kernel_stack(ulong esp0);
/// LDTR: a table of `entries` descriptors at `table`, or none if `entries` is 0. Preemption is off.
void set_ldt(const void* table, unsigned entries);
/// Puts the task's three descriptors for thread-local storage into the GDT. FS and GS become null if they
/// were not, so that the way back to user mode loads them anew.
void load_tls(const struct task_struct* task);
