// SPDX-License-Identifier: GPL-2.0-or-later
// Exceptions and interrupts: vectors, handlers, and what happens to a context that may not go on.
#pragma once

#include "arch/ptrace.h"
#include "lib/types.h"

/// Builds the IDT: 32 exceptions, IRQs 0 - 15 at vectors 0x20 - 0x2F, system calls at 0x80.
void trap_init();

using irq_handler_t = void (*)(unsigned irq, pt_regs* regs);
/// One handler a line; runs with interrupts off and preempt_count raised. Unmasks the line.
void request_irq(unsigned irq, irq_handler_t handler);
/// True while an interrupt is served.
bool in_interrupt();

/// The registers, one context a paragraph, to the console.
void show_regs(const pt_regs* regs);
/// The kernel itself did something it may not: prints message, registers and back trace, then ends the
/// running task with SIGSEGV. In an interrupt, in pid 0 and in pid 1 it panics.
[[noreturn]] void die(const char* message, pt_regs* regs, long error_code);

/// trap_no of the page fault, for thread_struct::trap_no.
constexpr ulong TRAP_PAGE_FAULT = 14;
