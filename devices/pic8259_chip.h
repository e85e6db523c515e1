// SPDX-License-Identifier: GPL-2.0-or-later
// One 8259A programmable interrupt controller. Source: Intel data sheet 231468, "8259A".
#pragma once

#include <cstdint>

#include "base/log.h"

namespace mmscope {

class StateVisitor;

/// The registers and the priority resolver of one chip. How two of them are wired is pic8259.h's business.
class Pic8259Chip {
  public:
    /// What the SP/EN pin and the wiring say; ICW4's M/S bit is not needed.
    enum class Role : uint8_t { Master, Slave };

    Pic8259Chip(Role role, const LogChannel& log) : role_(role), log_(log) {}

    void reset();
    void state(StateVisitor& visitor);

    /// IR input `line` (0..7) changes. In edge mode a request that drops before INTA is forgotten.
    void set_input(uint8_t line, bool level);
    /// Bit n set: input n is level-triggered (the chip set's ELCR; ICW1's LTIM makes all of them so).
    void set_level_triggered(uint8_t mask);
    /// The INT pin.
    [[nodiscard]] bool requested() const { return winner() >= 0; }
    /// INTA: the request of the highest priority goes into service. Yields its line; 7 and nothing in
    /// service if there is no request any more ("default IR7").
    uint8_t acknowledge();
    [[nodiscard]] uint8_t vector(uint8_t line) const { return static_cast<uint8_t>((icw2_ & 0xf8) | line); }

    /// A0 selects the register: 0 = ICW1, OCW2, OCW3, IRR, ISR; 1 = ICW2-4, OCW1.
    uint8_t read(uint8_t a0);
    void write(uint8_t a0, uint8_t value);

    [[nodiscard]] uint8_t irr() const { return irr_; }
    [[nodiscard]] uint8_t isr() const { return isr_; }
    [[nodiscard]] uint8_t imr() const { return imr_; }

  private:
    enum class Expect : uint8_t { Command, Icw2, Icw3, Icw4 };

    [[nodiscard]] int winner() const;
    [[nodiscard]] uint8_t rank(uint8_t line) const { return static_cast<uint8_t>((line - lowest_ - 1) & 7); }
    [[nodiscard]] int highest(uint8_t mask) const;
    [[nodiscard]] uint8_t level_mask() const { return (icw1_ & 0x08) != 0 ? 0xff : level_triggered_; }
    void write_icw1(uint8_t value);
    void write_a0_set(uint8_t value);
    void write_ocw2(uint8_t value);
    void write_ocw3(uint8_t value);
    void end_of_interrupt(int line, bool rotate);

    const Role role_;
    const LogChannel& log_;
    uint8_t inputs_ = 0;  // the levels of the IR pins
    uint8_t irr_ = 0;
    uint8_t isr_ = 0;
    uint8_t imr_ = 0;
    uint8_t icw1_ = 0;
    uint8_t icw2_ = 0;
    uint8_t icw3_ = 0;
    uint8_t icw4_ = 0;
    uint8_t level_triggered_ = 0;
    uint8_t lowest_ = 7;  // the line with the lowest priority; the next one has the highest
    Expect expect_ = Expect::Command;
    bool rotate_on_aeoi_ = false;
    bool special_mask_ = false;
    bool read_isr_ = false;
    bool poll_ = false;
};

}  // namespace mmscope
