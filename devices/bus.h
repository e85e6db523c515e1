// SPDX-License-Identifier: GPL-2.0-or-later
// The bus: which device answers at which port and which physical address. One visible table.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "base/log.h"
#include "devices/device.h"

namespace mmscope {

/// Half-open in spirit, but a count keeps 0x10000 out of a 16-bit type.
struct PortRange {
    uint16_t first;
    uint16_t count;
};

/// [first, first + size)
struct MemoryRange {
    PhysAddr first;
    uint32_t size;
};

/// How a device wants wide port accesses: as they are, or cut into bytes, low byte at the low port.
enum class PortSize : uint8_t { Bytes, AsIs };

class Bus {
  public:
    Bus();

    /// Claims are collected; an overlap is reported by validate_map(), with both names.
    void claim_ports(Device& device, PortRange range, PortSize size);
    void claim_memory(Device& device, MemoryRange range);
    /// Error: two devices claim the same port or address (a fault of the machine's wiring).
    [[nodiscard]] Result<void> validate_map() const;

    /// An unclaimed read is all ones; an unclaimed access is logged once for each port or page ("stub").
    uint32_t read_port(uint16_t port, Width width);
    void write_port(uint16_t port, Width width, uint32_t value);
    uint32_t read_memory(PhysAddr address, Width width);
    void write_memory(PhysAddr address, Width width, uint32_t value);

    /// The map as a table for people: "0x0020-0x0021 pic", one line a claim, ascending.
    [[nodiscard]] std::string describe() const;

  private:
    struct PortClaim {
        PortRange range;
        PortSize size;
        Device* device;
    };
    struct MemoryClaim {
        MemoryRange range;
        Device* device;
    };

    [[nodiscard]] const PortClaim* find_port(uint16_t port) const;
    [[nodiscard]] const MemoryClaim* find_memory(PhysAddr address) const;

    LogChannel log_;
    std::vector<PortClaim> ports_;
    std::vector<MemoryClaim> memory_;
    std::set<uint16_t> unclaimed_ports_;
    std::set<uint32_t> unclaimed_pages_;
};

}  // namespace mmscope
