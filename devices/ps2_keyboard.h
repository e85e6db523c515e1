// SPDX-License-Identifier: GPL-2.0-or-later
// A 102-key PS/2 keyboard: what it sends for a key and how it answers commands.
// Source: IBM PS/2 Hardware Interface Technical Reference (1991), "Keyboards".
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>

#include "base/log.h"

namespace mmscope {

class StateVisitor;

enum class KeyAction : uint8_t { Press, Release };

/// A key is named by its make code of scan set 1: 0x1E is A, 0xE048 the grey cursor-up key.
/// Pause is 0xE11D and Print Screen 0xE037.
using KeyCode = uint16_t;

class Ps2Keyboard {
  public:
    explicit Ps2Keyboard(const LogChannel& log) : log_(log) {}

    void reset();
    void state(StateVisitor& visitor);

    /// Queues the scan codes of a key in the keyboard's own set. A code that no key has is logged and
    /// dropped. When the 16-byte buffer is full the key is replaced by one overrun byte, as the manual says.
    void key(KeyCode code, KeyAction action);
    /// A byte from the controller: a command, or the argument of the one before. Queues the answer.
    void command(uint8_t byte);

    [[nodiscard]] bool has_byte() const { return !answers_.empty() || !codes_.empty(); }
    /// The next byte for the controller; answers go before scan codes. Requires has_byte().
    uint8_t take_byte();
    /// Bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock.
    [[nodiscard]] uint8_t leds() const { return leds_; }

  private:
    static constexpr size_t kBufferSize = 16;

    void set_defaults();
    void answer(std::initializer_list<uint8_t> bytes);
    bool take_argument(uint8_t byte);

    const LogChannel& log_;
    std::deque<uint8_t> answers_;
    std::deque<uint8_t> codes_;
    uint8_t awaiting_ = 0;  // the command whose argument comes next, 0: none
    uint8_t last_sent_ = 0;
    uint8_t leds_ = 0;
    uint8_t typematic_ = 0x2b;  // 500 ms, 10.9 per second: accepted, keys do not repeat by themselves
    uint8_t scan_set_ = 2;
    bool scanning_ = true;
    bool overrun_ = false;
};

}  // namespace mmscope
