// SPDX-License-Identifier: GPL-2.0-or-later
// Checks that run once at every boot.
#pragma once

/// Kernel threads fight for every kind of lock and queue; panics when one lets two in, loses a wake-up or is
/// unfair. In a task that may sleep, with interrupts on.
void locks_selftest();
/// The tick comes at HZ: jiffies against the timer's own counter. Interrupts on.
void timer_selftest();
