// SPDX-License-Identifier: GPL-2.0-or-later
// Opcode maps reduced to what follows the opcode: ModRM and immediates.
#include "cpu/instruction_length.h"

#include <array>

namespace mmscope {
namespace {

/// What follows an opcode, as a set.
enum Form : uint8_t {
    kNone = 0,
    kModRm = 1,
    kImm8 = 2,
    kImm16 = 4,
    kImmZ = 8,        // 2 or 4 bytes by operand size
    kOffset = 16,     // 2 or 4 bytes by address size
    kGroup3 = 32,     // an immediate only for TEST: /0 and /1
    kRegisters = 64,  // ModRM names registers whatever mod says
};

constexpr uint8_t arithmetic_form(uint8_t opcode) {
    switch (opcode & 7) {
        case 0:
        case 1:
        case 2:
        case 3:
            return kModRm;
        case 4:
            return kImm8;
        case 5:
            return kImmZ;
        default:
            return kNone;
    }
}

constexpr uint8_t one_byte_form(uint8_t opcode) {
    if (opcode < 0x40) return arithmetic_form(opcode);
    if (opcode >= 0x70 && opcode < 0x80) return kImm8;
    if (opcode >= 0x84 && opcode <= 0x8F) return kModRm;
    if (opcode >= 0xA0 && opcode <= 0xA3) return kOffset;
    if (opcode >= 0xB0 && opcode <= 0xB7) return kImm8;
    if (opcode >= 0xB8 && opcode <= 0xBF) return kImmZ;
    if (opcode >= 0xD0 && opcode <= 0xD3) return kModRm;
    if (opcode >= 0xD8 && opcode <= 0xDF) return kModRm;
    if (opcode >= 0xE0 && opcode <= 0xE7) return kImm8;
    switch (opcode) {
        case 0x62:
        case 0x63:
        case 0xC4:
        case 0xC5:
        case 0xFE:
        case 0xFF:
            return kModRm;
        case 0x68:
        case 0xA9:
        case 0xE8:
        case 0xE9:
            return kImmZ;
        case 0x69:
        case 0x81:
        case 0xC7:
            return kModRm | kImmZ;
        case 0x6A:
        case 0xA8:
        case 0xCD:
        case 0xD4:
        case 0xD5:
        case 0xEB:
            return kImm8;
        case 0x6B:
        case 0x80:
        case 0x82:
        case 0x83:
        case 0xC0:
        case 0xC1:
        case 0xC6:
            return kModRm | kImm8;
        case 0x9A:
        case 0xEA:
            return kImmZ | kImm16;
        case 0xC2:
        case 0xCA:
            return kImm16;
        case 0xC8:
            return kImm16 | kImm8;
        case 0xF6:
        case 0xF7:
            return kModRm | kGroup3;
        default:
            return kNone;
    }
}

constexpr uint8_t two_byte_form(uint8_t opcode) {
    if (opcode >= 0x80 && opcode <= 0x8F) return kImmZ;
    if (opcode >= 0x20 && opcode <= 0x27) return kModRm | kRegisters;
    if (opcode >= 0x30 && opcode <= 0x37) return kNone;
    if (opcode >= 0x70 && opcode <= 0x73) return kModRm | kImm8;
    if (opcode >= 0xC8 && opcode <= 0xCF) return kNone;
    switch (opcode) {
        case 0x04:
        case 0x05:
        case 0x06:
        case 0x07:
        case 0x08:
        case 0x09:
        case 0x0A:
        case 0x0B:
        case 0x0C:
        case 0x0E:
        case 0x77:
        case 0xA0:
        case 0xA1:
        case 0xA2:
        case 0xA8:
        case 0xA9:
        case 0xAA:
            return kNone;
        case 0x0F:
        case 0xA4:
        case 0xAC:
        case 0xBA:
        case 0xC2:
        case 0xC4:
        case 0xC5:
        case 0xC6:
            return kModRm | kImm8;
        default:
            return kModRm;
    }
}

template <uint8_t (*Form)(uint8_t)>
constexpr std::array<uint8_t, 256> make_map() {
    std::array<uint8_t, 256> map{};
    for (unsigned opcode = 0; opcode < 256; ++opcode)
        map[opcode] = Form(static_cast<uint8_t>(opcode));
    return map;
}

constexpr auto kOneByte = make_map<one_byte_form>();
constexpr auto kTwoByte = make_map<two_byte_form>();

/// Reads forward and remembers whether it ran out.
class Cursor {
  public:
    explicit Cursor(std::span<const uint8_t> code) : code_(code) {}

    uint8_t next() {
        if (at_ >= code_.size()) {
            short_ = true;
            return 0;
        }
        return code_[at_++];
    }
    void skip(uint32_t count) {
        at_ += count;
        if (at_ > code_.size()) short_ = true;
    }
    [[nodiscard]] bool ran_out() const { return short_; }
    [[nodiscard]] uint32_t position() const { return at_; }

  private:
    std::span<const uint8_t> code_;
    uint32_t at_ = 0;
    bool short_ = false;
};

/// SIB and displacement behind a ModRM byte (SDM vol. 2, tables 2-1 to 2-3).
void skip_address(Cursor& cursor, uint8_t modrm, bool wide) {
    const uint8_t mod = modrm >> 6;
    const uint8_t rm = modrm & 7;
    if (mod == 3) return;
    if (!wide) {
        cursor.skip(mod == 1 ? 1 : (mod == 2 || rm == 6) ? 2 : 0);
        return;
    }
    bool displacement = mod == 0 && rm == 5;
    if (rm == 4) {
        const uint8_t sib = cursor.next();
        displacement = mod == 0 && (sib & 7) == 5;
    }
    cursor.skip(mod == 1 ? 1 : (mod == 2 || displacement) ? 4 : 0);
}

/// True while `byte` is a prefix, which it then notes.
bool take_prefix(Instruction& instruction, uint8_t byte, CodeSize size) {
    switch (byte) {
        case 0x26:
        case 0x2E:
        case 0x36:
        case 0x3E:
        case 0x64:
        case 0x65:
            return true;
        case 0x66:
            instruction.wide_operand = size == CodeSize::Bits16;
            return true;
        case 0x67:
            instruction.wide_address = size == CodeSize::Bits16;
            return true;
        case 0xF0:
            instruction.lock = true;
            return true;
        case 0xF2:
        case 0xF3:
            instruction.repeat = true;
            return true;
        default:
            return false;
    }
}

/// The opcode behind the prefixes; sets `instruction.opcode`.
uint8_t take_opcode(Instruction& instruction, Cursor& cursor, uint8_t first) {
    instruction.opcode = first;
    if (first != 0x0F) return kOneByte[first];
    const uint8_t second = cursor.next();
    instruction.opcode = static_cast<uint16_t>(0x0F00 | second);
    if (second != 0x38 && second != 0x3A) return kTwoByte[second];
    instruction.opcode = static_cast<uint16_t>(second << 8 | cursor.next());
    return second == 0x3A ? kModRm | kImm8 : kModRm;
}

}  // namespace

Instruction decode_length(std::span<const uint8_t> code, CodeSize size) {
    Instruction instruction;
    instruction.wide_operand = instruction.wide_address = size == CodeSize::Bits32;
    Cursor cursor(code);
    uint8_t byte = cursor.next();
    while (take_prefix(instruction, byte, size) && !cursor.ran_out())
        byte = cursor.next();

    uint8_t form = take_opcode(instruction, cursor, byte);
    if (form & kModRm) instruction.modrm = cursor.next();
    if ((form & kModRm) && !(form & kRegisters))
        skip_address(cursor, instruction.modrm, instruction.wide_address);
    if ((form & kGroup3) && instruction.reg() < 2) form |= instruction.opcode == 0xF6 ? kImm8 : kImmZ;
    if (form & kImm8) cursor.skip(1);
    if (form & kImm16) cursor.skip(2);
    if (form & kImmZ) cursor.skip(instruction.wide_operand ? 4 : 2);
    if (form & kOffset) cursor.skip(instruction.wide_address ? 4 : 2);
    const bool good = !cursor.ran_out() && cursor.position() <= kLongestInstruction;
    instruction.length = good ? static_cast<uint8_t>(cursor.position()) : 0;
    return instruction;
}

Sensitive classify(const Instruction& instruction) {
    const bool in_memory = instruction.modrm < 0xC0;
    switch (instruction.opcode) {
        case 0x6C:
        case 0x6D:
        case 0x6E:
        case 0x6F:
        case 0xE4:
        case 0xE5:
        case 0xE6:
        case 0xE7:
        case 0xEC:
        case 0xED:
        case 0xEE:
        case 0xEF:
            return Sensitive::PortAccess;
        case 0xCF:
            return Sensitive::InterruptReturn;
        case 0x0F22:
            return Sensitive::MoveToControl;
        case 0x0F01:
            if (instruction.reg() == 6) return Sensitive::MoveToControl;
            return instruction.reg() == 7 && in_memory ? Sensitive::InvalidatePage : Sensitive::None;
        case 0x0F30:
        case 0x0F32:
            return Sensitive::ModelRegister;
        case 0x0F31:
            return Sensitive::ReadTime;
        default:
            return Sensitive::None;
    }
}

}  // namespace mmscope
