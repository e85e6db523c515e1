// SPDX-License-Identifier: GPL-2.0-or-later
// The keyboard controller of a PC with its keyboard. No mouse is attached; IRQ 12 stays silent.
// Source: IBM PS/2 Hardware Interface Technical Reference (1991), "Keyboard and Auxiliary Device Controller".
#pragma once

#include <deque>
#include <functional>

#include "base/log.h"
#include "devices/device.h"
#include "devices/ps2_keyboard.h"
#include "devices/scheduler.h"

namespace mmscope {

/// Ports 0x60 (data) and 0x64 (command, status). Resets to what a BIOS leaves: keyboard enabled, IRQ 1
/// on, translation to scan set 1 on, A20 open.
class I8042 final : public Device {
  public:
    /// `reset_request` is called when the guest pulses the CPU's reset line (command 0xFE, or bit 0 of
    /// the output port); it may be empty.
    I8042(Scheduler& scheduler, IrqLine irq1, std::function<void()> reset_request);

    [[nodiscard]] std::string_view name() const override { return "kbd"; }
    void reset() override;
    void attach(Bus& bus) override;
    void state(StateVisitor& visitor) override;
    [[nodiscard]] std::string describe() const override;
    uint32_t read_port(uint16_t port, Width width) override;
    void write_port(uint16_t port, Width width, uint32_t value) override;

    /// A person presses or releases a key (ps2_keyboard.h names keys by their set-1 code).
    void key(KeyCode code, KeyAction action);
    [[nodiscard]] const Ps2Keyboard& keyboard() const { return keyboard_; }

  private:
    void command(uint8_t value);
    void data(uint8_t value);
    void write_output_port(uint8_t value);
    /// A byte of the controller's own: it goes before what the keyboard sends.
    void answer(uint8_t value);
    void fill_output(uint8_t value);
    uint8_t take_output();
    /// Lets the keyboard's next byte arrive if there is one and the output buffer is free.
    void fetch_later();
    void byte_arrives();
    void update_irq();

    Scheduler& scheduler_;
    LogChannel log_;
    IrqLine irq1_;
    std::function<void()> reset_request_;
    Ps2Keyboard keyboard_;
    Event arrival_;
    std::deque<uint8_t> answers_;  // the controller's own bytes that wait for the output buffer
    uint8_t command_byte_ = 0;
    uint8_t status_ = 0;
    uint8_t output_buffer_ = 0;
    uint8_t output_port_ = 0;
    uint8_t awaiting_ = 0;         // the controller command whose data comes next, 0: none
    bool release_prefix_ = false;  // translation saw 0xF0
    bool irq_level_ = false;
};

}  // namespace mmscope
