// SPDX-License-Identifier: GPL-2.0-or-later
// Ending the machine.
#pragma once

enum : unsigned { RB_POWER_OFF = 0x4321FEDC };

/// Only if it fails does it return: -1 and errno.
extern "C" int reboot(unsigned command);
