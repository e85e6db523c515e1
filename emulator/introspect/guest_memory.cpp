// SPDX-License-Identifier: GPL-2.0-or-later
// Splits reads at page borders and asks the page walker for each page.
#include "introspect/guest_memory.h"

#include <algorithm>
#include <array>

namespace mmscope {

std::optional<LinearAddr> GuestMemory::read(LinearAddr address, std::span<std::byte> out) const {
    while (!out.empty()) {
        const Walk walk = walk_page(*memory_, mode_, address);
        const size_t here = std::min<size_t>(out.size(), (1u << kPageShift) - address.page_offset());
        if (!walk.present || !memory_->read(walk.physical, out.first(here))) return address;
        out = out.subspan(here);
        address = address + static_cast<uint32_t>(here);
        if (address.value == 0 && !out.empty()) return address;
    }
    return std::nullopt;
}

std::optional<uint32_t> GuestMemory::read_u32(LinearAddr address) const {
    uint32_t value = 0;
    if (read(address, std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
    return value;
}

std::optional<std::string> GuestMemory::read_string(LinearAddr address, uint32_t limit) const {
    std::string text;
    while (text.size() < limit) {
        std::array<std::byte, 64> chunk;
        const uint32_t to_page_end = (1u << kPageShift) - address.page_offset();
        const uint32_t left = limit - static_cast<uint32_t>(text.size());
        const std::span<std::byte> part(chunk.data(), std::min({uint32_t{64}, to_page_end, left}));
        if (read(address, part)) return std::nullopt;
        for (const std::byte b : part) {
            if (b == std::byte{0}) return text;
            text.push_back(static_cast<char>(b));
        }
        address = address + static_cast<uint32_t>(part.size());
    }
    return std::nullopt;
}

GuestMemory GuestMemory::through(PhysAddr directory) const {
    PagingMode mode = mode_;
    mode.directory = directory;
    return {*memory_, mode};
}

}  // namespace mmscope
