// SPDX-License-Identifier: GPL-2.0-or-later
// The PS/2 keyboard behind the 8042 controller, US layout, into the console's terminal.
#pragma once

void keyboard_init();
