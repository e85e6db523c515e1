// SPDX-License-Identifier: GPL-2.0-or-later
// The interrupt controllers of a PC: two 8259A, the slave on input 2 of the master, and the ELCR.
// Sources: Intel data sheet 231468 (8259A); Intel 82371SB data sheet, section 4.1.5 (ELCR).
#pragma once

#include <array>

#include "base/log.h"
#include "devices/device.h"
#include "devices/pic8259_chip.h"

namespace mmscope {

/// Ports 0x20/0x21 (master, IRQ 0-7), 0xA0/0xA1 (slave, IRQ 8-15), 0x4D0/0x4D1 (ELCR).
class Pic8259Pair final : public Device {
  public:
    /// `intr` is called with each change of the INTR pin; it may be empty.
    explicit Pic8259Pair(IrqLine intr);

    [[nodiscard]] std::string_view name() const override { return "pic"; }
    void reset() override;
    void attach(Bus& bus) override;
    void state(StateVisitor& visitor) override;
    [[nodiscard]] std::string describe() const override;
    uint32_t read_port(uint16_t port, Width width) override;
    void write_port(uint16_t port, Width width, uint32_t value) override;

    /// Input `irq`, 0..15 without 2, takes `level`. A device keeps its line up until it was served.
    void set_irq(uint8_t irq, bool level);
    /// A line to input `irq` for a device's constructor; valid while this object lives.
    [[nodiscard]] IrqLine line(uint8_t irq);

    /// The INTR pin: an unmasked request waits.
    [[nodiscard]] bool requested() const { return intr_level_; }
    /// INTA: the vector (ICW2's base + line) of the request of the highest priority, which goes into service.
    /// Without one: the vector of IRQ 7 (or 15, when the slave's request vanished), nothing in service.
    uint8_t acknowledge();

  private:
    /// Carries the slave's INT to the master's input 2 and the master's to `intr`.
    void update();

    LogChannel log_;
    IrqLine intr_;
    Pic8259Chip master_;
    Pic8259Chip slave_;
    std::array<uint8_t, 2> elcr_{};
    bool intr_level_ = false;
};

}  // namespace mmscope
