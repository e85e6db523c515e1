// SPDX-License-Identifier: GPL-2.0-or-later
// The real-time clock and its battery-backed RAM.
// Sources: Motorola data sheet "MC146818A"; IBM PC/AT Technical Reference for the bytes of the RAM.
#pragma once

#include <array>

#include "base/log.h"
#include "devices/device.h"
#include "devices/scheduler.h"

namespace mmscope {

struct CmosConfig {
    int64_t start = 0;  // what the clock shows at power-on: seconds since 1970-01-01 00:00 UTC
    uint32_t ram = 0;   // bytes of RAM, for the memory size bytes
};

/// Ports 0x70 (index; the NMI mask in bit 7 is ignored) and 0x71 (data). The clock runs in virtual time.
class CmosRtc final : public Device {
  public:
    CmosRtc(Scheduler& scheduler, IrqLine irq8, const CmosConfig& config);

    [[nodiscard]] std::string_view name() const override { return "rtc"; }
    /// Sets the clock to the configured start: the battery is charged and the clock is right at power-on.
    void reset() override;
    void attach(Bus& bus) override;
    void state(StateVisitor& visitor) override;
    [[nodiscard]] std::string describe() const override;
    uint32_t read_port(uint16_t port, Width width) override;
    void write_port(uint16_t port, Width width, uint32_t value) override;

  private:
    [[nodiscard]] uint8_t read_register();
    void write_register(uint8_t value);
    void write_a(uint8_t value);
    void write_b(uint8_t value);
    void fill_configuration();

    [[nodiscard]] uint32_t decode(uint8_t value) const;
    [[nodiscard]] uint8_t encode(uint32_t value) const;
    [[nodiscard]] uint32_t decode_hours(uint8_t value) const;
    [[nodiscard]] uint8_t encode_hours(uint32_t value) const;
    void show_date(int64_t seconds);
    void advance_one_second();
    [[nodiscard]] bool alarm_matches() const;

    [[nodiscard]] bool divider_runs() const;
    [[nodiscard]] VirtualTime next_second() const;
    [[nodiscard]] bool updating() const;
    [[nodiscard]] uint64_t period_in_clocks() const;
    [[nodiscard]] uint64_t periods_passed() const;
    void arm_update();
    void arm_periodic();
    void second_passes();
    void period_passes();
    void collect_periods();
    void update_irq();

    Scheduler& scheduler_;
    LogChannel log_;
    IrqLine irq8_;
    const CmosConfig config_;
    Event update_;
    Event periodic_;
    std::array<uint8_t, 128> ram_{};
    uint8_t index_ = 0;
    VirtualTime divider_start_;  // when the divider chain last left reset
    uint64_t periods_seen_ = 0;  // periods of divider_start_ that PF already knows of
    bool irq_level_ = false;
};

}  // namespace mmscope
