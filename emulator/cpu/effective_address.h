// SPDX-License-Identifier: GPL-2.0-or-later
// Which bytes of linear memory an instruction is about to touch: explicit operands, stack, strings.
//
// Unicorn's virtual TLB names only the page of a refused access. CR2 must hold the byte (SDM vol. 3,
// section 4.7), so the faulting instruction is decoded (Capstone) and its operands are computed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/address.h"
#include "cpu/cpu_state.h"

namespace mmscope {

/// How the address of an access is found.
enum class Anchor : uint8_t {
    Operand,    // segment:[base + index * scale + displacement]
    Table,      // of XLAT: segment:[base + AL]
    BitString,  // an operand of BT, BTS, BTR, BTC whose bit number lies in a register
    Push,       // below SS:ESP
    Pop,        // at SS:ESP
    Frame,      // at SS:EBP (LEAVE, ENTER with nesting)
};

/// One access of an instruction, before the registers are known.
struct OperandForm {
    Anchor anchor = Anchor::Operand;
    bool reads = false, writes = false;
    bool wide_address = true;
    SegmentIndex segment = kDs;
    uint8_t base = kNoRegister, index = kNoRegister, bits = kNoRegister;  // RegisterIndex
    uint8_t scale = 1;
    uint16_t size = 0;
    int32_t displacement = 0;

    static constexpr uint8_t kNoRegister = 8;
};

/// What is known of an instruction from its bytes alone.
struct InstructionForm {
    std::array<OperandForm, 4> operands{};
    uint8_t count = 0;
    uint8_t length = 0;              // 0: not an instruction
    bool reads_descriptors = false;  // loads a selector or passes a gate: reads GDT, LDT or TSS as supervisor

    void add(const OperandForm& operand) {
        if (count < operands.size()) operands[count++] = operand;
    }
};

/// [first, first + size), wrapping at 4 GiB.
struct LinearRange {
    LinearAddr first;
    uint32_t size;
};

class InstructionDecoder {
  public:
    InstructionDecoder();
    ~InstructionDecoder();
    InstructionDecoder(const InstructionDecoder&) = delete;
    InstructionDecoder& operator=(const InstructionDecoder&) = delete;

    /// `code` are the bytes at `where`; the result is valid until the next call.
    const InstructionForm& decode(PhysAddr where, std::span<const uint8_t> code, bool wide_code);

  private:
    struct Known {
        std::array<uint8_t, 15> bytes{};
        uint8_t size = 0;
        bool wide_code = true;
        InstructionForm form;
    };
    InstructionForm disassemble(std::span<const uint8_t> code, bool wide_code);

    size_t wide_ = 0, narrow_ = 0;  // Capstone's handles for 32-bit and 16-bit code
    std::unordered_map<uint32_t, Known> known_;
};

/// Where `operand` lies, given the registers before the instruction.
[[nodiscard]] LinearRange locate(const OperandForm& operand, const CpuState& state);

/// The byte of `page` that the instruction touches first with `access`; none if no operand lies there.
[[nodiscard]] std::optional<LinearAddr> find_faulting_byte(const InstructionForm& form, const CpuState& state,
                                                           LinearAddr page, Access access);

}  // namespace mmscope
