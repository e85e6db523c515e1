// SPDX-License-Identifier: GPL-2.0-or-later
// An ATA channel of a PC: the ports of two devices that share them, and their one interrupt line.
// Source: T13 1410D "ATA/ATAPI-6", clauses 7 and 9.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/log.h"
#include "devices/ata_disk.h"
#include "devices/device.h"
#include "devices/disk_medium.h"
#include "devices/scheduler.h"

namespace mmscope {

/// Command block at `command`, control block at `control`. A null medium: no device there. With no device at
/// all the lines float, but for the pulled-down bit 7; for a missing device 1, device 0 answers with 0.
class AtaChannel final : public Device {
  public:
    using Media = std::array<DiskMedium*, 2>;

    /// The media are not owned and must live longer.
    AtaChannel(Scheduler& scheduler, std::string name, uint16_t command, uint16_t control, IrqLine irq,
               const Media& media);

    [[nodiscard]] std::string_view name() const override { return name_; }
    void reset() override;
    void attach(Bus& bus) override;
    void state(StateVisitor& visitor) override;
    [[nodiscard]] std::string describe() const override;
    uint32_t read_port(uint16_t port, Width width) override;
    void write_port(uint16_t port, Width width, uint32_t value) override;

  private:
    [[nodiscard]] AtaDisk* selected() const { return disks_[selected_].get(); }
    [[nodiscard]] uint8_t status() const;
    uint8_t read_byte(AtaRegister which);
    void write_byte(AtaRegister which, uint8_t value);
    uint32_t read_data(Width width);
    void write_data(Width width, uint32_t value);
    void write_control(uint8_t value);
    void update_irq();

    std::string name_;
    LogChannel log_;
    const uint16_t command_, control_;
    IrqLine irq_;
    std::array<std::unique_ptr<AtaDisk>, 2> disks_;
    uint8_t selected_ = 0;  // DEV
    uint8_t device_control_ = 0;
    bool irq_level_ = false;
};

}  // namespace mmscope
