// SPDX-License-Identifier: GPL-2.0-or-later
// task_struct::preempt_count: the low half counts preempt_disable() and spin locks, the rest interrupts being
// served.
#pragma once

constexpr int HARDIRQ_OFFSET = 0x10000;

/// An interrupt or exception goes back to preemptible kernel code while somebody else should run. Interrupts
/// are off, on entry and on return; the running task keeps its state and its claim to the processor.
void preempt_schedule_irq();
