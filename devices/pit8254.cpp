// SPDX-License-Identifier: GPL-2.0-or-later
// The timer's ports, and IRQ 0 as the edges of channel 0's OUT.
#include "devices/pit8254.h"

#include <utility>

#include "devices/bus.h"
#include "devices/state.h"

namespace mmscope {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;  // ns
constexpr uint16_t kChannelPort = 0x40;
constexpr uint16_t kControlPort = 0x43;
constexpr uint16_t kPortB = 0x61;
constexpr uint8_t kPortBGate2 = 0x01;
constexpr uint8_t kPortBWritable = 0x0f;
constexpr uint8_t kPortBRefresh = 0x10;
constexpr uint8_t kPortBOut2 = 0x20;
constexpr PitTick kRefreshPeriod = 18;  // 15.085 us, channel 1's count on every PC

}  // namespace

PitTick pit_tick_at(VirtualTime time) {
    return time.ns / kSecond * kPitFrequency + time.ns % kSecond * kPitFrequency / kSecond;
}

VirtualTime pit_time_of(PitTick tick) {
    const uint64_t part = (tick % kPitFrequency * kSecond + kPitFrequency - 1) / kPitFrequency;
    return {tick / kPitFrequency * kSecond + part};
}

Pit8254::Pit8254(Scheduler& scheduler, IrqLine irq0)
    : scheduler_(scheduler),
      log_("pit"),
      irq0_(std::move(irq0)),
      edge_(scheduler, "pit OUT0", [this] { out_changes(); }),
      channels_{PitChannel(log_), PitChannel(log_), PitChannel(log_)} {}

/// The sheet leaves power-on open. Channels 0 and 1 run as every BIOS leaves them: 18.2 Hz and refresh.
void Pit8254::reset() {
    for (PitChannel& channel : channels_)
        channel.reset();
    port_b_ = 0;
    channels_[2].set_gate(false, now());
    channels_[0].write_control(0x36, now());
    channels_[0].write_count(0, now());
    channels_[0].write_count(0, now());
    channels_[1].write_control(0x54, now());
    channels_[1].write_count(kRefreshPeriod, now());
    irq_level_ = false;
    follow_out();
}

void Pit8254::attach(Bus& bus) {
    bus.claim_ports(*this, {kChannelPort, 4}, PortSize::Bytes);
    bus.claim_ports(*this, {kPortB, 1}, PortSize::Bytes);
}

void Pit8254::state(StateVisitor& visitor) {
    for (PitChannel& channel : channels_)
        channel.state(visitor);
    visitor.field("edge_tick", edge_tick_);
    visitor.field("irq_level", irq_level_);
    visitor.field("port_b", port_b_);
    edge_.state(visitor);
}

std::string Pit8254::describe() const {
    const PitChannel& timer = channels_[0];
    const double rate = timer.period() == 0 ? 0.0 : static_cast<double>(kPitFrequency) / timer.period();
    return fmt::format("channel 0 mode {} count {} ({:.2f} Hz), OUT0={}", timer.mode(), timer.period(), rate,
                       irq_level_ ? 1 : 0);
}

uint32_t Pit8254::read_port(uint16_t port, Width width) {
    out_changes();
    if (port == kPortB) return read_port_b();
    if (port == kControlPort) return all_ones(width);  // "no operation" (read/write logic)
    return channels_[port - kChannelPort].read_count(now());
}

void Pit8254::write_port(uint16_t port, Width, uint32_t value) {
    const auto byte = static_cast<uint8_t>(value);
    log_(LogLevel::Trace, "port {:#x} <- {:#04x}", port, byte);
    out_changes();
    if (port == kPortB) {
        write_port_b(byte);
    } else if (port == kControlPort) {
        write_control(byte);
    } else {
        channels_[port - kChannelPort].write_count(byte, now());
    }
    follow_out();
}

void Pit8254::write_control(uint8_t value) {
    const unsigned select = value >> 6;
    if (select < channels_.size()) return channels_[select].write_control(value & 0x3f, now());
    for (unsigned i = 0; i < channels_.size(); ++i) {
        if ((value >> 1 & 1 << i) != 0) channels_[i].read_back(value, now());
    }
}

uint8_t Pit8254::read_port_b() {
    const bool refresh = (now() / kRefreshPeriod & 1) != 0;
    return static_cast<uint8_t>(port_b_ | (refresh ? kPortBRefresh : 0) |
                                (channels_[2].out(now()) ? kPortBOut2 : 0));
}

void Pit8254::write_port_b(uint8_t value) {
    port_b_ = value & kPortBWritable;
    channels_[2].set_gate((value & kPortBGate2) != 0, now());
}

void Pit8254::set_irq(bool level) {
    if (level == irq_level_) return;
    irq_level_ = level;
    if (irq0_) irq0_(level);
}

void Pit8254::follow_out() {
    const PitTick tick = now();
    set_irq(channels_[0].out(tick));
    if (const auto edge = channels_[0].next_edge(tick)) {
        edge_tick_ = *edge;
        edge_.schedule_at(pit_time_of(*edge));
    } else {
        edge_tick_ = UINT64_MAX;
        edge_.cancel();
    }
}

/// The machine may come late, after a long block. Both ends of a short pulse are shown then, so that an
/// edge-triggered input sees it; of more pulses only the first, as a masked interrupt would.
void Pit8254::out_changes() {
    if (edge_tick_ > now()) return;
    set_irq(channels_[0].out(edge_tick_));
    if (const auto next = channels_[0].next_edge(edge_tick_); next && *next <= now())
        set_irq(channels_[0].out(*next));
    follow_out();
}

}  // namespace mmscope
