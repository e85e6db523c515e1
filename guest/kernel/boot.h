// SPDX-License-Identifier: GPL-2.0-or-later
// Checks that run once at every boot.
#pragma once

/// The block moves of lib/mem.S; panics with the function and the case.
void moves_selftest();
/// Kernel threads fight for every kind of lock and queue; panics when one lets two in, loses a wake-up or is
/// unfair. In a task that may sleep, with interrupts on.
void locks_selftest();
/// With `crash=NAME` on the command line: makes the mistake of that name (kernel/crash.cpp). In pid 1.
void crash_if_asked();
/// jiffies advances HZ times a second, measured by another channel of the timer chip; panics if not.
void timer_selftest();
