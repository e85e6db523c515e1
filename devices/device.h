// SPDX-License-Identifier: GPL-2.0-or-later
// The contract between a device model and the machine. Devices know neither the CPU nor SDL.
//
// To add a device: (1) two files here, CHIP.h and CHIP.cpp, that implement Device; (2) one line in
// Machine, which owns it; (3) one row in ARCHITECTURE's port, memory and IRQ map; (4) one test file in
// tests/unit/devices. What it needs (an IrqLine, the Scheduler, a sink of bytes) is passed to its
// constructor.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace mmscope {

class Bus;
class StateVisitor;

/// The width of one access in bytes: 1, 2 or 4.
enum class Width : uint8_t { Byte = 1, Word = 2, Dword = 4 };
constexpr uint32_t bytes(Width width) {
    return static_cast<uint32_t>(width);
}
/// What an unclaimed read of this width returns: all ones.
constexpr uint32_t all_ones(Width width) {
    return width == Width::Dword ? ~0u : (1u << (8 * bytes(width))) - 1;
}

/// A line from a device to an input of an interrupt controller. Level: the controller sees each change.
using IrqLine = std::function<void(bool level)>;
/// Where a device sends bytes to the outside (serial out, debug console).
using ByteSink = std::function<void(uint8_t byte)>;

class Device {
  public:
    Device() = default;
    virtual ~Device() = default;
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    /// Short and unique: the log channel's name and the word in error messages ("pic", "uart0").
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// The state after power-on. Constructing does not reset.
    virtual void reset() = 0;
    /// Claims port and memory ranges. Called once, before the machine runs.
    virtual void attach(Bus& bus) = 0;
    /// Shows every field that survives a snapshot to the visitor, which saves or loads it.
    virtual void state(StateVisitor& visitor) = 0;
    /// One line for a person: what the device is doing now.
    [[nodiscard]] virtual std::string describe() const = 0;

    /// Port accesses inside the claimed range; `port` is absolute. The bus splits wide accesses to
    /// devices that claimed byte ports. The default is what an empty bus does.
    virtual uint32_t read_port(uint16_t port, Width width) { return (void)port, all_ones(width); }
    virtual void write_port(uint16_t port, Width width, uint32_t value) {
        (void)port, (void)width, (void)value;
    }
    /// Memory accesses inside the claimed range; `address` is absolute.
    virtual uint32_t read_memory(PhysAddr address, Width width) { return (void)address, all_ones(width); }
    virtual void write_memory(PhysAddr address, Width width, uint32_t value) {
        (void)address, (void)width, (void)value;
    }
};

}  // namespace mmscope
