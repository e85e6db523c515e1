// SPDX-License-Identifier: GPL-2.0-or-later
// What the keys of a 102-key keyboard send in scan sets 1 and 2, and the controller's translation.
// Source: IBM PS/2 Hardware Interface Technical Reference (1991), "Keyboards", scan code tables.
#pragma once

#include <cstdint>
#include <vector>

#include "devices/ps2_keyboard.h"

namespace mmscope {

enum class ScanSet : uint8_t { One, Two };

/// The bytes for one press or release; empty if no key has this code (or Pause, which sends no release).
std::vector<uint8_t> scan_code(KeyCode code, KeyAction action, ScanSet set);

/// What the keyboard controller makes of a byte of set 2. A break code (0xF0 in set 2) is bit 7 in set 1,
/// which is the caller's business; prefixes and most answers (above 0x84) pass unchanged.
uint8_t translate_to_set1(uint8_t byte);

}  // namespace mmscope
