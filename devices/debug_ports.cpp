// SPDX-License-Identifier: GPL-2.0-or-later
// Hands what a guest writes to the debug ports to whoever listens.
#include "devices/debug_ports.h"

#include <fmt/format.h>

#include <utility>

#include "devices/bus.h"
#include "devices/state.h"

namespace mmscope {

DebugPorts::DebugPorts(ByteSink console, std::function<void(uint32_t)> exit,
                       std::function<void(uint32_t)> checkpoint)
    : console_(std::move(console)), exit_(std::move(exit)), checkpoint_(std::move(checkpoint)) {}

void DebugPorts::reset() {
    last_checkpoint_ = 0;
}

void DebugPorts::attach(Bus& bus) {
    bus.claim_ports(*this, {kConsole, 1}, PortSize::Bytes);
    bus.claim_ports(*this, {kExit, 4}, PortSize::AsIs);
    bus.claim_ports(*this, {kCheckpoint, 4}, PortSize::AsIs);
}

void DebugPorts::state(StateVisitor& visitor) {
    visitor.field("last_checkpoint", last_checkpoint_);
}

std::string DebugPorts::describe() const {
    return fmt::format("last checkpoint {:#x}", last_checkpoint_);
}

uint32_t DebugPorts::read_port(uint16_t port, Width width) {
    return port == kConsole ? kConsole : all_ones(width);
}

void DebugPorts::write_port(uint16_t port, Width, uint32_t value) {
    if (port == kConsole && console_) console_(static_cast<uint8_t>(value));
    if (port == kExit && exit_) exit_(value);
    if (port == kCheckpoint) {
        last_checkpoint_ = value;
        if (checkpoint_) checkpoint_(value);
    }
}

}  // namespace mmscope
