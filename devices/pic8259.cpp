// SPDX-License-Identifier: GPL-2.0-or-later
// The wiring of the two interrupt controllers of a PC.
#include "devices/pic8259.h"

#include <utility>

#include "base/check.h"
#include "devices/bus.h"
#include "devices/state.h"

namespace mmscope {
namespace {

constexpr uint16_t kMasterPort = 0x20;
constexpr uint16_t kSlavePort = 0xa0;
constexpr uint16_t kElcrPort = 0x4d0;
constexpr uint8_t kCascade = 2;
/// IRQ 0, 1, 2, 8 and 13 are always edge-triggered (82371SB data sheet, section 4.1.5).
constexpr std::array<uint8_t, 2> kElcrWritable = {0xf8, 0xde};

}  // namespace

Pic8259Pair::Pic8259Pair(IrqLine intr)
    : log_("pic"),
      intr_(std::move(intr)),
      master_(Pic8259Chip::Role::Master, log_),
      slave_(Pic8259Chip::Role::Slave, log_) {}

void Pic8259Pair::reset() {
    master_.reset();
    slave_.reset();
    elcr_ = {};
    update();
}

void Pic8259Pair::attach(Bus& bus) {
    bus.claim_ports(*this, {kMasterPort, 2}, PortSize::Bytes);
    bus.claim_ports(*this, {kSlavePort, 2}, PortSize::Bytes);
    bus.claim_ports(*this, {kElcrPort, 2}, PortSize::Bytes);
}

void Pic8259Pair::state(StateVisitor& visitor) {
    master_.state(visitor);
    slave_.state(visitor);
    visitor.field("elcr", elcr_);
    visitor.field("intr_level", intr_level_);
}

std::string Pic8259Pair::describe() const {
    return fmt::format(
        "master irr={:02x} isr={:02x} imr={:02x}, slave irr={:02x} isr={:02x} imr={:02x}, INTR={}",
        master_.irr(), master_.isr(), master_.imr(), slave_.irr(), slave_.isr(), slave_.imr(),
        intr_level_ ? 1 : 0);
}

uint32_t Pic8259Pair::read_port(uint16_t port, Width) {
    if (port >= kElcrPort) return elcr_[port - kElcrPort];
    Pic8259Chip& chip = port < kSlavePort ? master_ : slave_;
    const uint8_t value = chip.read(port & 1);
    update();  // a poll acknowledges
    return value;
}

void Pic8259Pair::write_port(uint16_t port, Width, uint32_t value) {
    const auto byte = static_cast<uint8_t>(value);
    log_(LogLevel::Trace, "port {:#x} <- {:#04x}", port, byte);
    if (port >= kElcrPort) {
        const unsigned half = port - kElcrPort;
        elcr_[half] = byte & kElcrWritable[half];
        (half == 0 ? master_ : slave_).set_level_triggered(elcr_[half]);
    } else {
        (port < kSlavePort ? master_ : slave_).write(port & 1, byte);
    }
    update();
}

void Pic8259Pair::set_irq(uint8_t irq, bool level) {
    CHECK(irq < 16 && irq != kCascade);
    (irq < 8 ? master_ : slave_).set_input(irq & 7, level);
    update();
}

IrqLine Pic8259Pair::line(uint8_t irq) {
    return [this, irq](bool level) { set_irq(irq, level); };
}

uint8_t Pic8259Pair::acknowledge() {
    const uint8_t line = master_.acknowledge();
    uint8_t vector = master_.vector(line);
    if (line == kCascade) {
        vector = slave_.vector(slave_.acknowledge());
        // INT falls with INTA; if the slave has more to say, the master sees a new edge.
        master_.set_input(kCascade, false);
    }
    update();
    return vector;
}

void Pic8259Pair::update() {
    master_.set_input(kCascade, slave_.requested());
    const bool level = master_.requested();
    if (level == intr_level_) return;
    intr_level_ = level;
    if (intr_) intr_(level);
}

}  // namespace mmscope
