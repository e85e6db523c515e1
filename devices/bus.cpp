// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the device that answers at a port or an address, and cuts wide accesses where a device wants bytes.
#include "devices/bus.h"

#include <algorithm>
#include <iterator>

namespace mmscope {
namespace {

/// Ranges as 64-bit half-open intervals, so that neither 0x10000 ports nor 4 GiB overflow.
struct Interval {
    uint64_t first;
    uint64_t end;
    const Device* device;
};

Interval interval(PortRange range, const Device* device) {
    return {range.first, uint64_t{range.first} + range.count, device};
}
Interval interval(MemoryRange range, const Device* device) {
    return {range.first.value, uint64_t{range.first.value} + range.size, device};
}

template <class Claims>
Result<void> find_overlap(const Claims& claims, std::string_view what) {
    for (auto a = claims.begin(); a != claims.end(); ++a) {
        const Interval first = interval(a->range, a->device);
        for (auto b = std::next(a); b != claims.end(); ++b) {
            const Interval second = interval(b->range, b->device);
            if (second.first >= first.end || first.first >= second.end) continue;
            return fail(
                fmt::format("{} {:#06x} is claimed by both {} ({:#06x}-{:#06x}) and {} ({:#06x}-{:#06x})",
                            what, std::max(first.first, second.first), first.device->name(), first.first,
                            first.end - 1, second.device->name(), second.first, second.end - 1));
        }
    }
    return {};
}

}  // namespace

Bus::Bus() : log_("bus") {}

void Bus::claim_ports(Device& device, PortRange range, PortSize size) {
    const auto place =
        std::ranges::upper_bound(ports_, range.first, {}, [](const PortClaim& c) { return c.range.first; });
    ports_.insert(place, {range, size, &device});
}

void Bus::claim_memory(Device& device, MemoryRange range) {
    const auto place = std::ranges::upper_bound(memory_, range.first, {},
                                                [](const MemoryClaim& c) { return c.range.first; });
    memory_.insert(place, {range, &device});
}

Result<void> Bus::validate_map() const {
    if (auto ports = find_overlap(ports_, "port"); !ports) return ports;
    return find_overlap(memory_, "address");
}

const Bus::PortClaim* Bus::find_port(uint16_t port) const {
    auto after = std::ranges::upper_bound(ports_, port, {}, [](const PortClaim& c) { return c.range.first; });
    if (after == ports_.begin()) return nullptr;
    const PortClaim& claim = *std::prev(after);
    return port - claim.range.first < claim.range.count ? &claim : nullptr;
}

const Bus::MemoryClaim* Bus::find_memory(PhysAddr address) const {
    auto after =
        std::ranges::upper_bound(memory_, address, {}, [](const MemoryClaim& c) { return c.range.first; });
    if (after == memory_.begin()) return nullptr;
    const MemoryClaim& claim = *std::prev(after);
    return address - claim.range.first < claim.range.size ? &claim : nullptr;
}

namespace {

/// The whole access lies inside the claim.
bool holds(PortRange range, uint16_t port, Width width) {
    return uint32_t{port} - range.first + bytes(width) <= range.count;
}
bool holds(MemoryRange range, PhysAddr address, Width width) {
    const uint32_t offset = address - range.first;
    return bytes(width) <= range.size - offset;
}

}  // namespace

uint32_t Bus::read_port(uint16_t port, Width width) {
    const PortClaim* claim = find_port(port);
    const bool whole =
        width == Width::Byte || (claim && claim->size == PortSize::AsIs && holds(claim->range, port, width));
    if (!whole) {
        uint32_t value = 0;
        for (uint32_t i = 0; i < bytes(width); ++i) {
            value |= read_port(static_cast<uint16_t>(port + i), Width::Byte) << (8 * i);
        }
        return value;
    }
    if (claim) return claim->device->read_port(port, width) & all_ones(width);
    if (unclaimed_ports_.insert(port).second)
        log_(LogLevel::Stub, "read of port {:#06x}: nothing there", port);
    return all_ones(width);
}

void Bus::write_port(uint16_t port, Width width, uint32_t value) {
    const PortClaim* claim = find_port(port);
    const bool whole =
        width == Width::Byte || (claim && claim->size == PortSize::AsIs && holds(claim->range, port, width));
    if (!whole) {
        for (uint32_t i = 0; i < bytes(width); ++i) {
            write_port(static_cast<uint16_t>(port + i), Width::Byte, value >> (8 * i) & 0xff);
        }
        return;
    }
    if (claim) return claim->device->write_port(port, width, value & all_ones(width));
    if (unclaimed_ports_.insert(port).second)
        log_(LogLevel::Stub, "write of port {:#06x}: nothing there", port);
}

uint32_t Bus::read_memory(PhysAddr address, Width width) {
    const MemoryClaim* claim = find_memory(address);
    if (width != Width::Byte && !(claim && holds(claim->range, address, width))) {
        uint32_t value = 0;
        for (uint32_t i = 0; i < bytes(width); ++i)
            value |= read_memory(address + i, Width::Byte) << (8 * i);
        return value;
    }
    if (claim) return claim->device->read_memory(address, width) & all_ones(width);
    if (unclaimed_pages_.insert(address.page_number()).second) {
        log_(LogLevel::Stub, "read of physical address {:#010x}: nothing there", address.value);
    }
    return all_ones(width);
}

void Bus::write_memory(PhysAddr address, Width width, uint32_t value) {
    const MemoryClaim* claim = find_memory(address);
    if (width != Width::Byte && !(claim && holds(claim->range, address, width))) {
        for (uint32_t i = 0; i < bytes(width); ++i)
            write_memory(address + i, Width::Byte, value >> (8 * i) & 0xff);
        return;
    }
    if (claim) return claim->device->write_memory(address, width, value & all_ones(width));
    if (unclaimed_pages_.insert(address.page_number()).second) {
        log_(LogLevel::Stub, "write of physical address {:#010x}: nothing there", address.value);
    }
}

std::string Bus::describe() const {
    std::string text;
    for (const PortClaim& claim : ports_) {
        const uint32_t last = uint32_t{claim.range.first} + claim.range.count - 1;
        fmt::format_to(std::back_inserter(text), "0x{:04x}-0x{:04x} {}\n", claim.range.first, last,
                       claim.device->name());
    }
    for (const MemoryClaim& claim : memory_) {
        const uint64_t last = uint64_t{claim.range.first.value} + claim.range.size - 1;
        fmt::format_to(std::back_inserter(text), "0x{:08x}-0x{:08x} {}\n", claim.range.first.value, last,
                       claim.device->name());
    }
    return text;
}

}  // namespace mmscope
