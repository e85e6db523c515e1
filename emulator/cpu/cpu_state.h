// SPDX-License-Identifier: GPL-2.0-or-later
// The processor's architectural state as a plain value, so that delivery and decoding need no Unicorn.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "cpu/segments.h"

namespace mmscope {

enum Eflag : uint32_t {
    kFlagCf = 1u << 0,
    kFlagReserved1 = 1u << 1,  // always set
    kFlagTf = 1u << 8,
    kFlagIf = 1u << 9,
    kFlagDf = 1u << 10,
    kFlagNt = 1u << 14,
    kFlagRf = 1u << 16,
    kFlagVm = 1u << 17,
};
constexpr uint8_t iopl(uint32_t eflags) {
    return eflags >> 12 & 3;
}

enum ControlBit : uint32_t {
    kCr0Pe = 1u << 0,
    kCr0Wp = 1u << 16,
    kCr0Pg = 1u << 31,
    kCr4Tsd = 1u << 2,
    kCr4Pse = 1u << 4,
    kCr4Pge = 1u << 7,
};

/// The order of the general registers in ModRM and PUSHA.
enum RegisterIndex : uint8_t { kEax, kEcx, kEdx, kEbx, kEsp, kEbp, kEsi, kEdi };

struct CpuState {
    std::array<uint32_t, 8> regs{};
    uint32_t eip = 0;
    uint32_t eflags = kFlagReserved1;
    std::array<SegmentRegister, kSegmentCount> segments{};
    SegmentRegister ldtr, tr;
    TableRegister gdt, idt;
    uint32_t cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0;
    uint8_t cpl = 0;
    bool interrupt_shadow = false;  // the instruction before was STI or a load of SS

    [[nodiscard]] bool protected_mode() const { return (cr0 & kCr0Pe) != 0; }
    [[nodiscard]] LinearAddr linear_eip() const { return LinearAddr(segments[kCs].base + eip); }
};

}  // namespace mmscope
