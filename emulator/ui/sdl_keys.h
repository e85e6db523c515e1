// SPDX-License-Identifier: GPL-2.0-or-later
// Which key of the machine's keyboard a key of the host's keyboard is, by its place, not by its letter.
#pragma once

#include <optional>

#include "devices/ps2_keyboard.h"

namespace mmscope {

/// `scancode` is an SDL_Scancode, which is a usage of the USB HID Usage Tables, page 0x07 (Keyboard).
/// None for keys that a 102-key keyboard does not have.
std::optional<KeyCode> key_code_of_scancode(int scancode);

}  // namespace mmscope
