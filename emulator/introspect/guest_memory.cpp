// SPDX-License-Identifier: GPL-2.0-or-later
// Splits reads at page borders and asks the page walker for each page.
#include "introspect/guest_memory.h"

#include <algorithm>

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

GuestMemory GuestMemory::through(PhysAddr directory) const {
    PagingMode mode = mode_;
    mode.directory = directory;
    return {*memory_, mode};
}

}  // namespace mmscope
