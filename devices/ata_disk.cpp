// SPDX-License-Identifier: GPL-2.0-or-later
// How commands run: phases, time, errors. What they are asked through registers is in clause 8.
#include "devices/ata_disk.h"

#include <algorithm>
#include <utility>

#include "devices/ata_commands.h"
#include "devices/state.h"

namespace mmscope {
namespace {

using namespace ata;
using enum AtaCommand;

/// Power-on and reset, a command without data, the first sector of a command, each further one.
constexpr uint64_t kResetNs = 2'000'000, kNonDataNs = 20'000, kAccessNs = 100'000, kSectorNs = 10'000;
constexpr uint64_t kFlushNs = 500'000;
constexpr uint8_t kDiagnosticPassed = 0x01;

}  // namespace

AtaDisk::AtaDisk(Scheduler& scheduler, std::string name, unsigned unit, DiskMedium& medium,
                 std::function<void()> changed)
    : scheduler_(scheduler),
      log_(name),
      name_(std::move(name)),
      unit_(unit),
      medium_(medium),
      changed_(std::move(changed)),
      event_(scheduler, name_, [this] { event(); }) {}

void AtaDisk::power_on() {
    event_.cancel();
    heads_ = kMaxHeads;
    sectors_per_track_ = kSectorsPerTrack;
    multiple_ = 0;
    block_ = 1;
    write_cache_ = look_ahead_ = true;
    features_ = 0;
    command_ = kNop;
    next_ = left_ = position_ = filled_ = 0;
    interrupting_ = false;
    phase_ = Phase::Idle;
    status_ = kReady;
    set_signature();
    buffer_ = {};
}

void AtaDisk::begin_soft_reset() {
    event_.cancel();
    phase_ = Phase::Reset;
    status_ = kBsy;
    interrupting_ = false;
    position_ = filled_ = 0;
    left_ = 0;
    changed_();
}

void AtaDisk::end_soft_reset() {
    busy(Phase::Reset, kResetNs);
}

/// 9.12: how a disk that takes no packets shows itself.
void AtaDisk::set_signature() {
    error_ = kDiagnosticPassed;
    count_ = lba_low_ = 1;
    lba_mid_ = lba_high_ = 0;
    device_ = 0;
}

void AtaDisk::acknowledge() {
    if (!std::exchange(interrupting_, false)) return;
    changed_();
}

void AtaDisk::raise() {
    interrupting_ = true;
    changed_();
}

uint8_t AtaDisk::read_register(AtaRegister which) const {
    switch (which) {
        case AtaRegister::ErrorFeatures:
            return error_;
        case AtaRegister::SectorCount:
            return count_;
        case AtaRegister::LbaLow:
            return lba_low_;
        case AtaRegister::LbaMid:
            return lba_mid_;
        case AtaRegister::LbaHigh:
            return lba_high_;
        case AtaRegister::Device:
            return device_;
        case AtaRegister::Data:
        case AtaRegister::StatusCommand:
            break;
    }
    return status_;
}

void AtaDisk::write_register(AtaRegister which, uint8_t value) {
    if (!accepts_registers()) return;
    switch (which) {
        case AtaRegister::ErrorFeatures:
            features_ = value;
            return;
        case AtaRegister::SectorCount:
            count_ = value;
            return;
        case AtaRegister::LbaLow:
            lba_low_ = value;
            return;
        case AtaRegister::LbaMid:
            lba_mid_ = value;
            return;
        case AtaRegister::LbaHigh:
            lba_high_ = value;
            return;
        case AtaRegister::Device:
            device_ = value;
            return;
        case AtaRegister::Data:
        case AtaRegister::StatusCommand:
            return;
    }
}

void AtaDisk::start(AtaCommand command) {
    if (!accepts_registers()) return;
    log_(LogLevel::Debug, "command {:#04x}, count {}, address {:02x}{:02x}{:02x}, device {:#04x}",
         std::to_underlying(command), count_, lba_high_, lba_mid_, lba_low_, device_);
    command_ = command;
    error_ = 0;
    position_ = filled_ = 0;
    acknowledge();
    switch (command) {
        case kReadSectors:
        case kReadSectorsOnce:
            return start_transfer(Phase::Read, 1);
        case kWriteSectors:
        case kWriteSectorsOnce:
            return start_transfer(Phase::Write, 1);
        case kReadMultiple:
            return multiple_ == 0 ? finish(kAbrt) : start_transfer(Phase::Read, multiple_);
        case kWriteMultiple:
            return multiple_ == 0 ? finish(kAbrt) : start_transfer(Phase::Write, multiple_);
        default:
            return busy(Phase::NonData, command == kFlushCache ? kFlushNs : kNonDataNs);
    }
}

/// A write waits for its first block without an interrupt (9.6); a read begins by being busy.
void AtaDisk::start_transfer(Phase phase, uint32_t block) {
    left_ = count_ == 0 ? kCountOfZero : count_;
    block_ = static_cast<uint8_t>(block);
    if (!find_address() || left_ > medium_.sectors() - next_) {
        return fail_at(std::min(next_, medium_.sectors()), kIdnf);
    }
    if (phase == Phase::Read) return busy(Phase::Read, kAccessNs + sectors_in_block() * kSectorNs);
    begin_block();
}

uint32_t AtaDisk::sectors_in_block() const {
    return std::min<uint32_t>(left_, block_);
}

void AtaDisk::busy(Phase phase, uint64_t nanoseconds) {
    phase_ = phase;
    status_ = kBsy;
    event_.schedule_at(scheduler_.now() + nanoseconds);
}

void AtaDisk::event() {
    switch (phase_) {
        case Phase::Reset:
            set_signature();
            phase_ = Phase::Idle;
            status_ = kReady;
            return;
        case Phase::Diagnose:
            set_signature();
            phase_ = Phase::Idle;
            status_ = kReady;
            return raise();
        case Phase::NonData:
            return run_non_data();
        case Phase::Read:
            return block_was_read();
        case Phase::Write:
            return block_was_written();
        case Phase::Idle:
        case Phase::DataIn:
        case Phase::DataOut:
            return;
    }
}

void AtaDisk::diagnose() {
    command_ = kExecuteDiagnostic;
    left_ = position_ = filled_ = 0;
    acknowledge();
    busy(Phase::Diagnose, kResetNs);
}

/// Opens the buffer for the block that begins at next_.
void AtaDisk::begin_block() {
    position_ = 0;
    filled_ = static_cast<uint16_t>(sectors_in_block() * kSectorSize);
    phase_ = command_ == kWriteSectors || command_ == kWriteSectorsOnce || command_ == kWriteMultiple
                 ? Phase::DataOut
                 : Phase::DataIn;
    status_ = kReady | kDrq;
}

void AtaDisk::block_was_read() {
    const uint32_t sectors = sectors_in_block();
    for (uint32_t i = 0; i < sectors; ++i) {
        const Sector to(buffer_.data() + i * kSectorSize, kSectorSize);
        if (!medium_.read(next_ + i, to)) {
            left_ -= i;
            return fail_at(next_ + i, kUnc);
        }
    }
    begin_block();
    raise();
}

void AtaDisk::block_was_written() {
    const uint32_t sectors = sectors_in_block();
    for (uint32_t i = 0; i < sectors; ++i) {
        const ConstSector from(buffer_.data() + i * kSectorSize, kSectorSize);
        if (!medium_.write(next_ + i, from)) {
            left_ -= i;
            return fail_at(next_ + i, kIdnf);
        }
    }
    next_ += sectors;
    left_ -= sectors;
    if (left_ == 0) {
        show_address(next_ - 1);
        count_ = 0;
        return finish(0);
    }
    begin_block();
    raise();
}

/// The host has moved the last word of a block.
void AtaDisk::block_moved() {
    const bool reading = phase_ == Phase::DataIn;
    if (!reading) return busy(Phase::Write, kAccessNs + sectors_in_block() * kSectorNs);
    const uint32_t sectors = sectors_in_block();
    next_ += sectors;
    left_ -= sectors;
    if (left_ > 0) return busy(Phase::Read, sectors_in_block() * kSectorNs);
    if (command_ != kIdentify) {
        show_address(next_ - 1);
        count_ = 0;
    }
    phase_ = Phase::Idle;
    status_ = kReady;
}

uint16_t AtaDisk::read_data() {
    if (phase_ != Phase::DataIn || position_ + 2 > filled_) return 0xffff;
    const auto word = static_cast<uint16_t>(buffer_[position_] | buffer_[position_ + 1] << 8);
    position_ = static_cast<uint16_t>(position_ + 2);
    if (position_ == filled_) block_moved();
    return word;
}

void AtaDisk::write_data(uint16_t value) {
    if (phase_ != Phase::DataOut || position_ + 2 > filled_) return;
    buffer_[position_] = static_cast<uint8_t>(value);
    buffer_[position_ + 1] = static_cast<uint8_t>(value >> 8);
    position_ = static_cast<uint16_t>(position_ + 2);
    if (position_ == filled_) block_moved();
}

/// The end of a command: `error` other than 0 sets ERR. The interrupt tells the host.
void AtaDisk::finish(uint8_t error) {
    phase_ = Phase::Idle;
    left_ = 0;
    error_ = error;
    status_ = static_cast<uint8_t>(kReady | (error != 0 ? kErr : 0));
    raise();
}

/// Address and count say how far the command came.
void AtaDisk::fail_at(uint32_t number, uint8_t error) {
    log_(LogLevel::Info, "command {:#04x} fails at sector {}, error {:#04x}", std::to_underlying(command_),
         number, error);
    show_address(number);
    count_ = static_cast<uint8_t>(left_);
    finish(error);
}

std::string AtaDisk::describe() const {
    const char* const phases[] = {"idle",    "reset",   "diagnostic", "command",
                                  "reading", "writing", "data in",    "data out"};
    return fmt::format("{}: {} sectors, {}, status {:02x}, error {:02x}, command {:02x}, {} sectors left",
                       name_, medium_.sectors(), phases[static_cast<size_t>(phase_)], status_, error_,
                       std::to_underlying(command_), left_);
}

void AtaDisk::state(StateVisitor& visitor) {
    visitor.field("phase", phase_);
    visitor.field("status", status_);
    visitor.field("error", error_);
    visitor.field("features", features_);
    visitor.field("count", count_);
    visitor.field("lba_low", lba_low_);
    visitor.field("lba_mid", lba_mid_);
    visitor.field("lba_high", lba_high_);
    visitor.field("device", device_);
    visitor.field("command", command_);
    visitor.field("interrupting", interrupting_);
    visitor.field("write_cache", write_cache_);
    visitor.field("look_ahead", look_ahead_);
    visitor.field("heads", heads_);
    visitor.field("sectors_per_track", sectors_per_track_);
    visitor.field("multiple", multiple_);
    visitor.field("block", block_);
    visitor.field("next", next_);
    visitor.field("left", left_);
    visitor.field("position", position_);
    visitor.field("filled", filled_);
    visitor.field("buffer", buffer_);
    event_.state(visitor);
    repair();
}

/// What a hostile snapshot may claim: nothing may reach beyond the buffer or the medium.
void AtaDisk::repair() {
    if (phase_ > Phase::DataOut) phase_ = Phase::Idle;
    heads_ = std::clamp<uint8_t>(heads_, 1, kMaxHeads);
    sectors_per_track_ = std::max<uint8_t>(sectors_per_track_, 1);
    multiple_ = std::min<uint8_t>(multiple_, kMaxMultiple);
    block_ = std::clamp<uint8_t>(block_, 1, kMaxMultiple);
    next_ = std::min(next_, medium_.sectors());
    left_ = std::min({left_, kCountOfZero, medium_.sectors() - next_});
    filled_ = std::min<uint16_t>(filled_, static_cast<uint16_t>(buffer_.size())) & 0xfffe;
    position_ = std::min(position_, filled_) & 0xfffe;
    const bool transfers = phase_ == Phase::Read || phase_ == Phase::Write;
    const bool moves = phase_ == Phase::DataIn || phase_ == Phase::DataOut;
    if ((transfers && left_ == 0) || (moves && (left_ == 0 || position_ == filled_))) phase_ = Phase::Idle;
}

}  // namespace mmscope
