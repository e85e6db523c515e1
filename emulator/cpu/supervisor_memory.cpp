// SPDX-License-Identifier: GPL-2.0-or-later
// Byte by byte where an access crosses a page, at once where it does not.
#include "cpu/supervisor_memory.h"

#include <cstring>

#include "devices/state.h"

namespace mmscope {
namespace {

bool crosses_page(LinearAddr address, uint32_t size) {
    return address.page_offset() + size > kPageSize;
}

// Sizes known to the compiler: copies without a call.

uint32_t load(const std::byte* from, Width width) {
    uint32_t dword = 0;
    uint16_t word = 0;
    switch (width) {
        case Width::Byte:
            return static_cast<uint8_t>(*from);
        case Width::Word:
            std::memcpy(&word, from, sizeof word);
            return word;
        case Width::Dword:
            std::memcpy(&dword, from, sizeof dword);
            return dword;
    }
    return dword;
}

void store(std::byte* to, Width width, uint32_t value) {
    switch (width) {
        case Width::Byte:
            *to = static_cast<std::byte>(value);
            return;
        case Width::Word:
            std::memcpy(to, &value, sizeof(uint16_t));
            return;
        case Width::Dword:
            std::memcpy(to, &value, sizeof value);
            return;
    }
}

}  // namespace

std::expected<const PagedSupervisorMemory::Page*, Interruption> PagedSupervisorMemory::find_page(
    LinearAddr address, Access access) {
    Page& page = pages_[address.page_number() % kPages];
    if (page.number == address.page_number() && (page.writable || access != Access::Write)) return &page;
    return walk(address, access, page);
}

std::expected<const PagedSupervisorMemory::Page*, Interruption> PagedSupervisorMemory::walk(
    LinearAddr address, Access access, Page& page) {
    const PageAccess result = access_page(memory_, mode_, address, access, Privilege::Supervisor);
    if (result.violation) {
        return std::unexpected(Interruption{.vector = kPageFaultVector,
                                            .origin = Origin::Exception,
                                            .error_code = *result.violation,
                                            .cr2 = address});
    }
    const PhysAddr frame = result.walk.physical.page();
    page = {.number = address.page_number(),
            .writable = access == Access::Write,
            .host = host_of(frame),
            .frame = frame};
    return &page;
}

void PagedSupervisorMemory::state(StateVisitor& visitor) {
    for (Page& page : pages_) {
        visitor.field("number", page.number);
        visitor.field("writable", page.writable);
        visitor.field("frame", page.frame.value);
        page.frame = page.frame.page();
        page.host = host_of(page.frame);
    }
}

void PagedSupervisorMemory::note(PhysAddr frame) {
    for (uint32_t i = 0; i < touched_.count; ++i) {
        if (touched_.frames[i] == frame) return;
    }
    if (touched_.count < touched_.frames.size()) touched_.frames[touched_.count++] = frame;
}

std::expected<uint32_t, Interruption> PagedSupervisorMemory::read(LinearAddr address, Width width) {
    if (crosses_page(address, bytes(width))) {
        uint32_t value = 0;
        for (uint32_t i = 0; i < bytes(width); ++i) {
            const auto byte = read(address + i, Width::Byte);
            if (!byte) return byte;
            value |= *byte << (8 * i);
        }
        return value;
    }
    const auto page = find_page(address, Access::Read);
    if (!page) return std::unexpected(page.error());
    if ((*page)->host == nullptr) return pins_.read_memory((*page)->frame + address.page_offset(), width);
    return load((*page)->host + address.page_offset(), width);
}

std::expected<uint64_t, Interruption> PagedSupervisorMemory::read_quad(LinearAddr address) {
    uint64_t value = 0;
    const bool whole = !crosses_page(address, sizeof value);
    const auto page = find_page(address, Access::Read);
    if (!whole || !page || (*page)->host == nullptr) return SupervisorMemory::read_quad(address);
    std::memcpy(&value, (*page)->host + address.page_offset(), sizeof value);
    return value;
}

std::optional<Interruption> PagedSupervisorMemory::probe_write(LinearAddr address, uint32_t size) {
    const auto first = find_page(address, Access::Write);
    if (!first) return first.error();
    if (!crosses_page(address, size)) return std::nullopt;
    const auto second = find_page((address + kPageSize).page(), Access::Write);
    if (!second) return second.error();
    return std::nullopt;
}

std::optional<Interruption> PagedSupervisorMemory::write(LinearAddr address, Width width, uint32_t value) {
    if (crosses_page(address, bytes(width))) {
        for (uint32_t i = 0; i < bytes(width); ++i) {
            if (auto fault = write(address + i, Width::Byte, value >> (8 * i) & 0xFF)) return fault;
        }
        return std::nullopt;
    }
    const auto page = find_page(address, Access::Write);
    if (!page) return page.error();
    note((*page)->frame);
    if ((*page)->host == nullptr) {
        pins_.write_memory((*page)->frame + address.page_offset(), width, value);
    } else {
        store((*page)->host + address.page_offset(), width, value);
        memory_.dirty().add((*page)->frame);
    }
    return std::nullopt;
}

}  // namespace mmscope
