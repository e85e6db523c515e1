// SPDX-License-Identifier: GPL-2.0-or-later
// Quantities as people write them: sizes "64MiB", times "250ms", address ranges "0x8048000-0x804a000".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/error.h"
#include "devices/scheduler.h"

namespace mmscope {

/// A number of bytes: decimal digits and one of B, KiB, MiB, GiB, nothing between or around them.
/// Error: what was found and what was expected; also when it does not fit into 64 bits.
Result<uint64_t> parse_size(std::string_view text);

/// Nanoseconds: decimal digits and one of ns, us, ms, s, min, nothing between or around them.
Result<uint64_t> parse_duration(std::string_view text);

/// "FIRST-END": [first, end) in hexadecimal with 0x, first < end. END is at most 0xffffffff.
struct AddressRange {
    uint32_t first, end;
    [[nodiscard]] bool contains(LinearAddr address) const {
        return address.value >= first && address.value < end;
    }
    friend bool operator==(const AddressRange&, const AddressRange&) = default;
};
Result<AddressRange> parse_address_range(std::string_view text);

/// "64MiB", "1000KiB", "17B": the largest unit that divides it.
std::string format_size(uint64_t size);
/// "12.345678 s": always seconds, to the microsecond, so that columns compare.
std::string format_duration(uint64_t nanoseconds);

}  // namespace mmscope
