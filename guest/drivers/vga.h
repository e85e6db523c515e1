// SPDX-License-Identifier: GPL-2.0-or-later
// The VGA text screen (80 x 25, memory at 0xB8000, CRTC at 0x3D4) as a console.
#pragma once

#include "lib/types.h"

void vga_init();
/// Understands \n, \r, \b and \t; scrolls at the end of the screen; moves the cursor.
void vga_write(const char* text, size_t length);
