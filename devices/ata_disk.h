// SPDX-License-Identifier: GPL-2.0-or-later
// One ATA disk behind a channel: its registers, its commands, its buffer.
// Source: T13 1410D "AT Attachment with Packet Interface - 6" (ATA/ATAPI-6); clause numbers are its.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "base/log.h"
#include "devices/ata_commands.h"
#include "devices/ata_registers.h"
#include "devices/device.h"
#include "devices/disk_medium.h"
#include "devices/scheduler.h"

namespace mmscope {

/// Programmed I/O with 28-bit and cylinder-head-sector addresses; no DMA, no packets, no power states. A
/// command takes virtual time (ata_disk.cpp has the numbers). The medium is not part of the state.
class AtaDisk {
  public:
    /// `changed` is called whenever interrupting() may have changed.
    AtaDisk(Scheduler& scheduler, std::string name, unsigned unit, DiskMedium& medium,
            std::function<void()> changed);

    void power_on();
    /// Both edges of SRST (9.2): while it is set the disk is busy; some time after it, ready with its
    /// signature.
    void begin_soft_reset();
    void end_soft_reset();

    [[nodiscard]] uint8_t status() const { return status_; }
    /// INTRQ is wanted; the channel gates it by nIEN and by which device is selected.
    [[nodiscard]] bool interrupting() const { return interrupting_; }
    /// Reading the status register takes the interrupt back.
    void acknowledge();

    /// Neither busy nor moving data.
    [[nodiscard]] bool accepts_registers() const { return (status_ & (ata::kBsy | ata::kDrq)) == 0; }
    [[nodiscard]] uint8_t read_register(AtaRegister which) const;
    /// Ignored while the disk is busy or has data to move, as 7.x of each register says.
    void write_register(AtaRegister which, uint8_t value);
    void start(AtaCommand command);
    /// EXECUTE DEVICE DIAGNOSTIC goes to both devices; the channel calls it for each.
    void diagnose();

    /// The data register, 16 bits. Outside a data phase it reads as all ones and swallows writes.
    uint16_t read_data();
    void write_data(uint16_t value);

    void state(StateVisitor& visitor);
    [[nodiscard]] std::string describe() const;

    /// The block of READ MULTIPLE is at most this many sectors.
    static constexpr uint32_t kMaxMultiple = 16;

  private:
    enum class Phase : uint8_t { Idle, Reset, Diagnose, NonData, Read, Write, DataIn, DataOut };
    static constexpr uint8_t kReady = ata::kDrdy | ata::kSeekComplete;
    static constexpr uint8_t kMaxHeads = 16, kSectorsPerTrack = 63;  // of the geometry at power-on
    static constexpr uint32_t kCountOfZero = 256;

    void start_transfer(Phase phase, uint32_t block);

    // ata_commands.cpp: commands that move no sectors to or from the host.
    void run_non_data();
    void identify();
    void set_features();
    void set_geometry();
    void set_multiple();
    void verify();
    [[nodiscard]] std::array<uint16_t, kSectorSize / 2> identification() const;
    [[nodiscard]] bool find_address();
    void show_address(uint32_t number);
    [[nodiscard]] uint32_t sectors_in_block() const;

    void busy(Phase phase, uint64_t nanoseconds);
    void event();
    void block_was_read();
    void block_was_written();
    void begin_block();
    void block_moved();
    void finish(uint8_t error);
    void fail_at(uint32_t number, uint8_t error);
    void set_signature();
    void raise();
    void repair();

    Scheduler& scheduler_;
    LogChannel log_;
    std::string name_;
    const unsigned unit_;
    DiskMedium& medium_;
    std::function<void()> changed_;
    Event event_;  // the end of what the disk is busy with

    Phase phase_ = Phase::Idle;
    uint8_t status_ = 0, error_ = 0;
    uint8_t features_ = 0, count_ = 0, lba_low_ = 0, lba_mid_ = 0, lba_high_ = 0, device_ = 0;
    AtaCommand command_{};
    bool interrupting_ = false;
    bool write_cache_ = true, look_ahead_ = true;
    uint8_t heads_ = 0, sectors_per_track_ = 0;  // INITIALIZE DEVICE PARAMETERS
    uint8_t multiple_ = 0;                       // sectors in a block of READ MULTIPLE; 0: not set
    uint8_t block_ = 1;                          // sectors in a block of the running command
    uint32_t next_ = 0, left_ = 0;               // sector numbers of the running command
    uint16_t position_ = 0, filled_ = 0;         // bytes of buffer_
    std::array<uint8_t, kMaxMultiple * kSectorSize> buffer_{};
};

}  // namespace mmscope
