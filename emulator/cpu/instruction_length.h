// SPDX-License-Identifier: GPL-2.0-or-later
// How long an i386 instruction is, and which one: enough to cut a block of code into instructions.
// Source: Intel SDM vol. 2, chapter 2 and the opcode maps of appendix A. No VEX.
#pragma once

#include <cstdint>
#include <span>

namespace mmscope {

/// The default operand and address size of the code segment (its D bit).
enum class CodeSize : uint8_t { Bits16, Bits32 };

struct Instruction {
    uint8_t length = 0;   // 0: not enough bytes, or longer than 15
    uint16_t opcode = 0;  // 0x00XX; 0x0FXX behind the escape byte; 0x38XX and 0x3AXX behind two
    uint8_t modrm = 0;    // if the opcode has one
    bool wide_operand = true;
    bool wide_address = true;
    bool lock = false;
    bool repeat = false;  // F2 or F3

    [[nodiscard]] uint8_t reg() const { return modrm >> 3 & 7; }
};

inline constexpr uint8_t kLongestInstruction = 15;

/// Looks at the front of `code`.
[[nodiscard]] Instruction decode_length(std::span<const uint8_t> code, CodeSize size);

/// What the machine must see before it executes (cpu/probes).
enum class Sensitive : uint8_t {
    None,
    MoveToControl,   // MOV CRn, r32; LMSW; CLTS has no effect on translation
    InvalidatePage,  // INVLPG
    InterruptReturn,
    PortAccess,     // IN, OUT, INS, OUTS: checked by us at CPL 3
    ReadTime,       // RDTSC
    ModelRegister,  // RDMSR, WRMSR
};
[[nodiscard]] Sensitive classify(const Instruction& instruction);

}  // namespace mmscope
