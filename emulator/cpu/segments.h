// SPDX-License-Identifier: GPL-2.0-or-later
// Descriptors, selectors and gates of the i386 (SDM vol. 3, sections 3.4, 3.5, 6.11 and 7.2).
#pragma once

#include <cstdint>

namespace mmscope {

/// Bits of a descriptor's high word.
enum DescriptorBit : uint32_t {
    kDescAccessed = 1u << 8,
    kDescWritable = 1u << 9,     // data
    kDescExpandDown = 1u << 10,  // data
    kDescConforming = 1u << 10,  // code
    kDescCode = 1u << 11,
    kDescNotSystem = 1u << 12,  // S
    kDescPresent = 1u << 15,
    kDescBig = 1u << 22,    // D/B
    kDescPages = 1u << 23,  // G
};

/// The order in which the processor numbers its segment registers (SDM vol. 2, table 2-1).
enum SegmentIndex : uint8_t { kEs, kCs, kSs, kDs, kFs, kGs, kSegmentCount };

/// A selector, taken apart.
struct Selector {
    uint16_t value = 0;

    [[nodiscard]] constexpr bool null() const { return (value & 0xFFFC) == 0; }
    [[nodiscard]] constexpr bool local() const { return (value & 4) != 0; }
    [[nodiscard]] constexpr uint8_t rpl() const { return value & 3; }
    [[nodiscard]] constexpr uint32_t offset() const { return value & 0xFFF8u; }
    /// As it appears in an error code: without RPL, which gives way to EXT and IDT.
    [[nodiscard]] constexpr uint32_t error() const { return value & 0xFFFCu; }
};

/// Eight bytes of a descriptor table.
struct Descriptor {
    uint32_t low = 0;
    uint32_t high = 0;

    [[nodiscard]] constexpr bool present() const { return (high & kDescPresent) != 0; }
    [[nodiscard]] constexpr bool system() const { return (high & kDescNotSystem) == 0; }
    [[nodiscard]] constexpr uint8_t dpl() const { return high >> 13 & 3; }
    [[nodiscard]] constexpr uint8_t type() const { return high >> 8 & 15; }
    [[nodiscard]] constexpr bool is_code() const { return !system() && (high & kDescCode) != 0; }
    [[nodiscard]] constexpr bool conforming() const { return (high & kDescConforming) != 0; }
    [[nodiscard]] constexpr bool is_writable_data() const {
        return !system() && !(high & kDescCode) && (high & kDescWritable) != 0;
    }
    [[nodiscard]] constexpr uint32_t base() const {
        return low >> 16 | (high & 0xFF) << 16 | (high & 0xFF000000);
    }
    /// The last valid offset, granularity applied.
    [[nodiscard]] constexpr uint32_t limit() const {
        const uint32_t raw = (low & 0xFFFF) | (high & 0xF0000);
        return (high & kDescPages) ? raw << 12 | 0xFFF : raw;
    }
};

/// An entry of the IDT; the same eight bytes read as a gate.
struct Gate {
    Descriptor raw;

    static constexpr uint8_t kTask = 5, kInterrupt16 = 6, kTrap16 = 7, kInterrupt32 = 14, kTrap32 = 15;

    [[nodiscard]] constexpr bool valid() const {
        const uint8_t type = raw.type();
        return raw.system() && (type == kTask || type == kInterrupt16 || type == kTrap16 ||
                                type == kInterrupt32 || type == kTrap32);
    }
    [[nodiscard]] constexpr bool wide() const { return (raw.type() & 8) != 0; }
    [[nodiscard]] constexpr bool clears_if() const { return (raw.type() & 1) == 0; }
    [[nodiscard]] constexpr Selector selector() const { return {static_cast<uint16_t>(raw.low >> 16)}; }
    [[nodiscard]] constexpr uint32_t offset() const {
        const uint32_t low = raw.low & 0xFFFF;
        return wide() ? low | (raw.high & 0xFFFF0000) : low;
    }
};

/// A segment register with its hidden part.
struct SegmentRegister {
    Selector selector;
    uint32_t base = 0;
    uint32_t limit = 0;
    uint32_t flags = 0;  // the descriptor's high word

    [[nodiscard]] constexpr Descriptor descriptor() const { return {0, flags}; }
    [[nodiscard]] constexpr bool big() const { return (flags & kDescBig) != 0; }
};

struct TableRegister {
    uint32_t base = 0;
    uint32_t limit = 0;
};

}  // namespace mmscope
