// SPDX-License-Identifier: GPL-2.0-or-later
// Strong types for the addresses of the guest, so that a physical one is never taken for a linear one.
#pragma once

#include <compare>
#include <cstdint>

namespace mmscope {

inline constexpr uint32_t kPageShift = 12;
inline constexpr uint32_t kPageSize = 1u << kPageShift;
inline constexpr uint32_t kPageMask = ~(kPageSize - 1);

/// An address of type Tag: 32 bits, wraps like the machine's own arithmetic.
template <class Tag>
struct Address {
    uint32_t value{};

    constexpr Address() = default;
    constexpr explicit Address(uint32_t v) : value(v) {}

    [[nodiscard]] constexpr Address page() const { return Address(value & kPageMask); }
    [[nodiscard]] constexpr uint32_t page_offset() const { return value & ~kPageMask; }
    [[nodiscard]] constexpr uint32_t page_number() const { return value >> kPageShift; }
    constexpr Address operator+(uint32_t bytes) const { return Address(value + bytes); }
    constexpr Address operator-(uint32_t bytes) const { return Address(value - bytes); }
    constexpr uint32_t operator-(Address other) const { return value - other.value; }
    friend constexpr auto operator<=>(Address, Address) = default;
};

/// A physical address: what stands on the bus. (Intel SDM vol. 3, section 3.1)
using PhysAddr = Address<struct PhysicalTag>;
/// A linear address: after segmentation, before paging. The guest's kernel calls it "virtual".
using LinearAddr = Address<struct LinearTag>;

/// What a memory access wants to do. Fetch is an instruction fetch.
enum class Access : uint8_t { Read, Write, Fetch };

/// The privilege with which an access is made; implicit accesses to descriptor tables are Supervisor.
enum class Privilege : uint8_t { Supervisor, User };

}  // namespace mmscope
