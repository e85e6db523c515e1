// SPDX-License-Identifier: GPL-2.0-or-later
// The one table of keys: a key's place is its set 1 make code, the value its set 2 make code.
#include "devices/ps2_scan_codes.h"

#include <algorithm>
#include <array>

namespace mmscope {
namespace {

constexpr uint8_t kNone = 0;

constexpr std::array<uint8_t, 0x5e> kSet2Codes = {
    kNone,  // 0x00
    0x76,  0x16,  0x1e, 0x26, 0x25,
    0x2e,  0x36,  0x3d,  // 0x01 Esc 1 2 3 4 5 6 7
    0x3e,  0x46,  0x45, 0x4e, 0x55,
    0x66,  0x0d,  0x15,  // 0x09 8 9 0 - = Backspace Tab Q
    0x1d,  0x24,  0x2d, 0x2c, 0x35,
    0x3c,  0x43,  0x44,  // 0x11 W E R T Y U I O
    0x4d,  0x54,  0x5b, 0x5a, 0x14,
    0x1c,  0x1b,  0x23,  // 0x19 P [ ] Enter Ctrl A S D
    0x2b,  0x34,  0x33, 0x3b, 0x42,
    0x4b,  0x4c,  0x52,  // 0x21 F G H J K L ; '
    0x0e,  0x12,  0x5d, 0x1a, 0x22,
    0x21,  0x2a,  0x32,  // 0x29 ` Shift \ Z X C V B
    0x31,  0x3a,  0x41, 0x49, 0x4a,
    0x59,  0x7c,  0x11,  // 0x31 N M , . / right-Shift pad-* Alt
    0x29,  0x58,  0x05, 0x06, 0x04,
    0x0c,  0x03,  0x0b,  // 0x39 Space Caps F1 F2 F3 F4 F5 F6
    0x83,  0x0a,  0x01, 0x09, 0x77,
    0x7e,  0x6c,  0x75,  // 0x41 F7 F8 F9 F10 Num Scroll pad-7 pad-8
    0x7d,  0x7b,  0x6b, 0x73, 0x74,
    0x79,  0x69,  0x72,  // 0x49 pad-9 pad-- pad-4 pad-5 pad-6 pad-+ pad-1 pad-2
    0x7a,  0x70,  0x71, 0x84, kNone,
    0x61,  0x78,  0x07,              // 0x51 pad-3 pad-0 pad-. SysRq, the 102nd key, F11 F12
    kNone, kNone, 0x1f, 0x27, 0x2f,  // 0x59 the two system keys and Menu, after 0xE0
};

constexpr uint8_t kExtended = 0xe0;
constexpr uint8_t kRelease2 = 0xf0;  // before a key's code in set 2
constexpr uint8_t kRelease1 = 0x80;  // in a key's code in set 1
constexpr KeyCode kPause = 0xe11d;
constexpr KeyCode kPrintScreen = 0xe037;

/// Keys that have 0xE0 in front: grey Enter, Ctrl, /, Print Screen, Alt, the cursor block, the system keys.
constexpr std::array<uint8_t, 18> kExtendedKeys = {0x1c, 0x1d, 0x35, 0x37, 0x38, 0x47, 0x48, 0x49, 0x4b,
                                                   0x4d, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x5b, 0x5c, 0x5d};

bool exists(KeyCode code) {
    const auto low = static_cast<uint8_t>(code);
    if (low >= kSet2Codes.size() || kSet2Codes[low] == kNone) return false;
    if (code >> 8 == 0) return low < 0x59;
    return code >> 8 == kExtended && std::ranges::find(kExtendedKeys, low) != kExtendedKeys.end();
}

void append(std::vector<uint8_t>& bytes, uint8_t set1, KeyAction action, ScanSet set) {
    if (set == ScanSet::One) {
        bytes.push_back(action == KeyAction::Press ? set1 : set1 | kRelease1);
        return;
    }
    if (action == KeyAction::Release) bytes.push_back(kRelease2);
    bytes.push_back(kSet2Codes[set1]);
}

}  // namespace

std::vector<uint8_t> scan_code(KeyCode code, KeyAction action, ScanSet set) {
    if (code == kPause) {
        if (action == KeyAction::Release) return {};
        if (set == ScanSet::One) return {0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5};
        return {0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77};
    }
    if (!exists(code)) return {};
    std::vector<uint8_t> bytes;
    if (code >> 8 == kExtended) bytes.push_back(kExtended);
    append(bytes, static_cast<uint8_t>(code), action, set);
    if (code != kPrintScreen) return bytes;
    // Print Screen wraps itself in a shift that nobody pressed.
    std::vector<uint8_t> shift = {kExtended};
    append(shift, 0x2a, action, set);
    bytes.insert(action == KeyAction::Press ? bytes.begin() : bytes.end(), shift.begin(), shift.end());
    return bytes;
}

uint8_t translate_to_set1(uint8_t byte) {
    const auto found = std::ranges::find(kSet2Codes, byte);
    if (byte == kNone || found == kSet2Codes.end()) return byte;
    return static_cast<uint8_t>(found - kSet2Codes.begin());
}

}  // namespace mmscope
