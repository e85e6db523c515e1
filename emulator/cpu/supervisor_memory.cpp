// SPDX-License-Identifier: GPL-2.0-or-later
// Byte by byte where an access crosses a page, at once where it does not.
#include "cpu/supervisor_memory.h"

namespace mmscope {
namespace {

bool crosses_page(LinearAddr address, uint32_t size) {
    return address.page_offset() + size > kPageSize;
}

}  // namespace

std::expected<PhysAddr, Interruption> PagedSupervisorMemory::translate(LinearAddr address, Access access) {
    const PageAccess result = access_page(memory_, mode_, address, access, Privilege::Supervisor);
    if (!result.violation) return result.walk.physical;
    return std::unexpected(Interruption{.vector = kPageFaultVector,
                                        .origin = Origin::Exception,
                                        .error_code = *result.violation,
                                        .cr2 = address});
}

void PagedSupervisorMemory::note(PhysAddr address) {
    for (uint32_t i = 0; i < touched_.count; ++i) {
        if (touched_.frames[i] == address.page()) return;
    }
    if (touched_.count < touched_.frames.size()) touched_.frames[touched_.count++] = address.page();
}

std::expected<uint32_t, Interruption> PagedSupervisorMemory::read(LinearAddr address, Width width) {
    const uint32_t size = bytes(width);
    if (crosses_page(address, size)) {
        uint32_t value = 0;
        for (uint32_t i = 0; i < size; ++i) {
            const auto byte = read(address + i, Width::Byte);
            if (!byte) return byte;
            value |= *byte << (8 * i);
        }
        return value;
    }
    const auto physical = translate(address, Access::Read);
    if (!physical) return std::unexpected(physical.error());
    uint32_t value = 0;
    if (memory_.read(*physical, std::as_writable_bytes(std::span(&value, 1)).first(size))) return value;
    return pins_.read_memory(*physical, width);
}

std::optional<Interruption> PagedSupervisorMemory::probe_write(LinearAddr address, uint32_t size) {
    const auto first = translate(address, Access::Write);
    if (!first) return first.error();
    if (!crosses_page(address, size)) return std::nullopt;
    const auto second = translate((address + kPageSize).page(), Access::Write);
    if (!second) return second.error();
    return std::nullopt;
}

std::optional<Interruption> PagedSupervisorMemory::write(LinearAddr address, Width width, uint32_t value) {
    const uint32_t size = bytes(width);
    if (crosses_page(address, size)) {
        for (uint32_t i = 0; i < size; ++i) {
            if (auto fault = write(address + i, Width::Byte, value >> (8 * i) & 0xFF)) return fault;
        }
        return std::nullopt;
    }
    const auto physical = translate(address, Access::Write);
    if (!physical) return physical.error();
    note(*physical);
    if (!memory_.write(*physical, std::as_bytes(std::span(&value, 1)).first(size))) {
        pins_.write_memory(*physical, width, value);
    }
    return std::nullopt;
}

}  // namespace mmscope
