// SPDX-License-Identifier: GPL-2.0-or-later
// Which of two devices answers, and what both of them hear.
#include "devices/ata_channel.h"

#include <utility>

#include "devices/bus.h"
#include "devices/state.h"

namespace mmscope {
namespace {

using namespace ata;

constexpr uint16_t kCommandPorts = 8;
constexpr uint8_t kFloating = 0x7f;

}  // namespace

AtaChannel::AtaChannel(Scheduler& scheduler, std::string name, uint16_t command, uint16_t control,
                       IrqLine irq, const Media& media)
    : name_(std::move(name)), log_(name_), command_(command), control_(control), irq_(std::move(irq)) {
    for (unsigned unit = 0; unit < disks_.size(); ++unit) {
        if (media[unit] == nullptr) continue;
        disks_[unit] = std::make_unique<AtaDisk>(scheduler, fmt::format("{}.{}", name_, unit), unit,
                                                 *media[unit], [this] { update_irq(); });
    }
}

void AtaChannel::reset() {
    selected_ = 0;
    device_control_ = 0;
    for (const auto& disk : disks_) {
        if (disk) disk->power_on();
    }
    update_irq();
}

void AtaChannel::attach(Bus& bus) {
    bus.claim_ports(*this, {command_, kCommandPorts}, PortSize::AsIs);
    bus.claim_ports(*this, {control_, 1}, PortSize::Bytes);
}

void AtaChannel::state(StateVisitor& visitor) {
    visitor.field("selected", selected_);
    visitor.field("device_control", device_control_);
    visitor.field("irq_level", irq_level_);
    selected_ &= 1;
    for (const auto& disk : disks_) {
        if (disk) disk->state(visitor);
    }
}

std::string AtaChannel::describe() const {
    std::string text;
    for (const auto& disk : disks_) {
        if (disk) text += (text.empty() ? "" : "; ") + disk->describe();
    }
    return text.empty() ? "no disks" : text;
}

/// INTRQ is driven by the selected device only (5.2.9), and not with nIEN.
void AtaChannel::update_irq() {
    const AtaDisk* disk = selected();
    const bool level = disk != nullptr && disk->interrupting() && (device_control_ & kNien) == 0;
    if (level == irq_level_) return;
    irq_level_ = level;
    if (irq_) irq_(level);
}

uint8_t AtaChannel::status() const {
    if (const AtaDisk* disk = selected()) return disk->status();
    return disks_[0] ? 0 : kFloating;
}

uint8_t AtaChannel::read_byte(AtaRegister which) {
    if (which == AtaRegister::StatusCommand) {
        const uint8_t now = status();
        if (AtaDisk* disk = selected()) disk->acknowledge();
        return now;
    }
    if (const AtaDisk* disk = selected()) return disk->read_register(which);
    return disks_[0] ? disks_[0]->read_register(which) : kFloating;
}

/// Both devices take what is written to the command block, so that either may be selected afterwards; the
/// command itself is for the selected one.
void AtaChannel::write_byte(AtaRegister which, uint8_t value) {
    if (which == AtaRegister::StatusCommand) {
        const auto command = AtaCommand{value};
        if (command == AtaCommand::kExecuteDiagnostic) {
            for (const auto& disk : disks_) {
                if (disk) disk->diagnose();
            }
            selected_ = 0;
        } else if (AtaDisk* disk = selected()) {
            disk->start(command);
        }
        return update_irq();
    }
    if (const AtaDisk* disk = selected(); disk != nullptr && !disk->accepts_registers()) {
        log_(LogLevel::Debug, "register {} <- {:#04x} while busy: ignored", std::to_underlying(which), value);
        return;
    }
    for (const auto& disk : disks_) {
        if (disk) disk->write_register(which, value);
    }
    if (which != AtaRegister::Device) return;
    selected_ = (value & kDev) != 0 ? 1 : 0;
    update_irq();
}

/// The host's adapter makes two 16-bit cycles of a 32-bit access. A byte is a cycle of which half is used.
uint32_t AtaChannel::read_data(Width width) {
    AtaDisk* disk = selected();
    if (disk == nullptr) return all_ones(width);
    const uint32_t low = disk->read_data();
    return width == Width::Dword ? low | static_cast<uint32_t>(disk->read_data()) << 16 : low;
}

void AtaChannel::write_data(Width width, uint32_t value) {
    AtaDisk* disk = selected();
    if (disk == nullptr) return;
    disk->write_data(static_cast<uint16_t>(value));
    if (width == Width::Dword) disk->write_data(static_cast<uint16_t>(value >> 16));
}

void AtaChannel::write_control(uint8_t value) {
    const uint8_t changed = device_control_ ^ value;
    device_control_ = value;
    if ((changed & kSrst) != 0) {
        selected_ = 0;
        for (const auto& disk : disks_) {
            if (!disk) continue;
            if ((value & kSrst) != 0)
                disk->begin_soft_reset();
            else
                disk->end_soft_reset();
        }
    }
    update_irq();
}

uint32_t AtaChannel::read_port(uint16_t port, Width width) {
    if (port == control_) return status();
    if (port == command_) return read_data(width);
    uint32_t value = 0;
    for (uint32_t i = 0; i < bytes(width); ++i)
        value |= static_cast<uint32_t>(read_byte(static_cast<AtaRegister>(port - command_ + i))) << (8 * i);
    return value;
}

void AtaChannel::write_port(uint16_t port, Width width, uint32_t value) {
    if (port == control_) return write_control(static_cast<uint8_t>(value));
    if (port == command_) return write_data(width, value);
    for (uint32_t i = 0; i < bytes(width); ++i)
        write_byte(static_cast<AtaRegister>(port - command_ + i), static_cast<uint8_t>(value >> (8 * i)));
}

}  // namespace mmscope
