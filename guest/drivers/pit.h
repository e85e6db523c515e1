// SPDX-License-Identifier: GPL-2.0-or-later
// Channel 0 of the 8254 timer: the tick.
#pragma once

#include "lib/types.h"

/// Starts the tick: HZ interrupts a second on IRQ 0. Each one advances jiffies, runs the timers that are due
/// and charges the running task.
void pit_init();
/// Interrupts a second from now on, 19 to 1193182; with anything but HZ the guest's time is wrong.
void pit_set_rate(unsigned hz);
/// Channel 2, silent: over after numerator / denominator ticks of channel 0.
void pit_start_one_shot(unsigned numerator, unsigned denominator);
bool pit_one_shot_is_over();
/// Microseconds since the last tick, below 1000000 / HZ. Interrupts off.
unsigned pit_microseconds();
