// SPDX-License-Identifier: GPL-2.0-or-later
// The ends of the machine: power-off with a code, panic, and the back traces that explain it.
#pragma once

#include "lib/types.h"

struct pt_regs;

/// Exit code of the machine after a panic.
constexpr u32 PANIC_EXIT_CODE = 3;

/// Waits for the console and ends the machine (port 0xF4). On a machine without that port: halts.
[[noreturn]] void machine_exit(u32 code);
/// The call chain from a frame pointer on; `eip` is its innermost address. Bounded; stays inside one kernel
/// stack.
void show_trace(ulong eip, ulong ebp);
/// panic() for a context that was interrupted: with its registers and its own back trace.
[[noreturn]] void panic_with_regs(const char* message, const pt_regs* regs);
