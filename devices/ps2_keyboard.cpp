// SPDX-License-Identifier: GPL-2.0-or-later
// The keyboard's commands, its buffer and its scan codes in sets 1 and 2.
#include "devices/ps2_keyboard.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "devices/ps2_scan_codes.h"
#include "devices/state.h"

namespace mmscope {
namespace {

constexpr uint8_t kAck = 0xfa;
constexpr uint8_t kResend = 0xfe;
constexpr uint8_t kKeyboardPassed = 0xaa;

enum KeyboardCommand : uint8_t {
    kSetLeds = 0xed,
    kEcho = 0xee,
    kScanSet = 0xf0,
    kIdentify = 0xf2,
    kTypematic = 0xf3,
    kEnableScanning = 0xf4,
    kDisableScanning = 0xf5,
    kDefaults = 0xf6,
    kRepeatLast = 0xfe,
    kReset = 0xff,
};

}  // namespace

void Ps2Keyboard::set_defaults() {
    leds_ = 0;
    typematic_ = 0x2b;
    scan_set_ = 2;
    codes_.clear();
    overrun_ = false;
}

void Ps2Keyboard::reset() {
    set_defaults();
    answers_.clear();
    awaiting_ = last_sent_ = 0;
    scanning_ = true;
}

void Ps2Keyboard::state(StateVisitor& visitor) {
    visitor.field("answers", answers_);
    visitor.field("codes", codes_);
    visitor.field("awaiting", awaiting_);
    visitor.field("last_sent", last_sent_);
    visitor.field("leds", leds_);
    visitor.field("typematic", typematic_);
    visitor.field("scan_set", scan_set_);
    visitor.field("scanning", scanning_);
    visitor.field("overrun", overrun_);
}

void Ps2Keyboard::key(KeyCode code, KeyAction action) {
    if (!scanning_) return;
    const std::vector<uint8_t> bytes = scan_code(code, action, scan_set_ == 1 ? ScanSet::One : ScanSet::Two);
    if (bytes.empty() && action == KeyAction::Press) log_(LogLevel::Debug, "no key has the code {:#x}", code);
    if (codes_.size() + bytes.size() <= kBufferSize) {
        overrun_ = false;
        codes_.insert(codes_.end(), bytes.begin(), bytes.end());
    } else if (!overrun_) {
        overrun_ = true;
        codes_.push_back(scan_set_ == 1 ? 0xff : 0x00);  // in the seventeenth place
    }
}

void Ps2Keyboard::answer(std::initializer_list<uint8_t> bytes) {
    answers_.insert(answers_.end(), bytes.begin(), bytes.end());
}

uint8_t Ps2Keyboard::take_byte() {
    CHECK(has_byte());
    std::deque<uint8_t>& queue = answers_.empty() ? codes_ : answers_;
    last_sent_ = queue.front();
    queue.pop_front();
    return last_sent_;
}

/// True if `byte` was the argument of the command before it.
bool Ps2Keyboard::take_argument(uint8_t byte) {
    const uint8_t command = std::exchange(awaiting_, uint8_t{0});
    if (command == 0 || byte >= kSetLeds) return false;  // a command instead: the one before is forgotten
    switch (command) {
        case kSetLeds:
            leds_ = byte & 7;
            answer({kAck});
            return true;
        case kTypematic:
            typematic_ = byte & 0x7f;
            answer({kAck});
            return true;
        default:
            break;
    }
    if (byte == 0) {
        answer({kAck, scan_set_});
    } else if (byte <= 2) {
        scan_set_ = byte;
        answer({kAck});
    } else {
        log_(LogLevel::Stub, "scan set {}", byte);
        answer({kResend});
    }
    return true;
}

void Ps2Keyboard::command(uint8_t byte) {
    answers_.clear();  // a command ends whatever was being sent
    if (take_argument(byte)) return;
    switch (byte) {
        case kEcho:
            return answer({kEcho});
        case kSetLeds:
        case kScanSet:
        case kTypematic:
            awaiting_ = byte;
            return answer({kAck});
        case kIdentify:
            return answer({kAck, 0xab, 0x83});
        case kEnableScanning:
            codes_.clear();
            scanning_ = true;
            return answer({kAck});
        case kDisableScanning:
            set_defaults();
            scanning_ = false;
            return answer({kAck});
        case kDefaults:
            set_defaults();
            return answer({kAck});
        case kRepeatLast:
            return answer({last_sent_});
        case kReset:
            set_defaults();
            scanning_ = true;
            return answer({kAck, kKeyboardPassed});
        default:
            log_(LogLevel::Stub, "keyboard command {:#04x}", byte);
            return answer({kResend});
    }
}

}  // namespace mmscope
