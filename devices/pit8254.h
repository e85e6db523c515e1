// SPDX-License-Identifier: GPL-2.0-or-later
// The timer of a PC: an 8254 at 1193182 Hz and the system control port 0x61 that belongs to it.
// Sources: Intel data sheet 231164 (8254); Intel 82371SB data sheet, section 2.5.3.2 (port 61h).
#pragma once

#include <array>

#include "base/log.h"
#include "devices/device.h"
#include "devices/pit_channel.h"
#include "devices/scheduler.h"

namespace mmscope {

inline constexpr uint64_t kPitFrequency = 1'193'182;  // Hz

/// The number of CLK pulses up to and including `time`, exact.
PitTick pit_tick_at(VirtualTime time);
/// The first nanosecond at which pulse `tick` has happened; pit_tick_at() of it is `tick` again.
VirtualTime pit_time_of(PitTick tick);

/// Ports 0x40-0x43 and 0x61. OUT of channel 0 drives `irq0`; channel 1 counts the refresh that nobody
/// needs; channel 2's OUT can be read in port 0x61 (there is no loudspeaker).
class Pit8254 final : public Device {
  public:
    Pit8254(Scheduler& scheduler, IrqLine irq0);

    [[nodiscard]] std::string_view name() const override { return "pit"; }
    void reset() override;
    void attach(Bus& bus) override;
    void state(StateVisitor& visitor) override;
    [[nodiscard]] std::string describe() const override;
    uint32_t read_port(uint16_t port, Width width) override;
    void write_port(uint16_t port, Width width, uint32_t value) override;

  private:
    [[nodiscard]] PitTick now() const { return pit_tick_at(scheduler_.now()); }
    void write_control(uint8_t value);
    [[nodiscard]] uint8_t read_port_b();
    void write_port_b(uint8_t value);
    /// Brings IRQ 0 to OUT of channel 0 as it is now, and arms the event of its next change.
    void follow_out();
    void out_changes();
    void set_irq(bool level);

    Scheduler& scheduler_;
    LogChannel log_;
    IrqLine irq0_;
    Event edge_;
    std::array<PitChannel, 3> channels_;
    PitTick edge_tick_ = 0;  // the tick for which edge_ is armed
    bool irq_level_ = false;
    uint8_t port_b_ = 0;  // bits 3-0 as written
};

}  // namespace mmscope
