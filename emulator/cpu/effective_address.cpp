// SPDX-License-Identifier: GPL-2.0-or-later
// Turns Capstone's view of an instruction into the list of its memory accesses.
#include "cpu/effective_address.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <memory>

#include "base/check.h"

namespace mmscope {
namespace {

constexpr size_t kMostKnown = 8192;  // a hostile guest must not grow the cache without end

uint8_t register_index(unsigned reg) {
    switch (reg) {
        case X86_REG_EAX:
        case X86_REG_AX:
        case X86_REG_AL:
            return kEax;
        case X86_REG_ECX:
        case X86_REG_CX:
            return kEcx;
        case X86_REG_EDX:
        case X86_REG_DX:
            return kEdx;
        case X86_REG_EBX:
        case X86_REG_BX:
            return kEbx;
        case X86_REG_ESP:
        case X86_REG_SP:
            return kEsp;
        case X86_REG_EBP:
        case X86_REG_BP:
            return kEbp;
        case X86_REG_ESI:
        case X86_REG_SI:
            return kEsi;
        case X86_REG_EDI:
        case X86_REG_DI:
            return kEdi;
        default:
            return OperandForm::kNoRegister;
    }
}

SegmentIndex segment_index(unsigned reg, uint8_t base) {
    switch (reg) {
        case X86_REG_ES:
            return kEs;
        case X86_REG_CS:
            return kCs;
        case X86_REG_SS:
            return kSs;
        case X86_REG_DS:
            return kDs;
        case X86_REG_FS:
            return kFs;
        case X86_REG_GS:
            return kGs;
        default:
            return base == kEsp || base == kEbp ? kSs : kDs;
    }
}

bool is_bit_test(unsigned id) {
    return id == X86_INS_BT || id == X86_INS_BTS || id == X86_INS_BTR || id == X86_INS_BTC;
}

OperandForm explicit_operand(const cs_insn& insn, const cs_x86_op& op) {
    const cs_x86& x86 = insn.detail->x86;
    OperandForm form;
    form.wide_address = x86.addr_size != 2;
    form.base = register_index(op.mem.base);
    form.index = register_index(op.mem.index);
    form.scale = static_cast<uint8_t>(op.mem.scale);
    form.displacement = static_cast<int32_t>(op.mem.disp);
    form.segment = segment_index(op.mem.segment, form.base);
    form.size = std::max<uint16_t>(op.size, 1);
    form.reads = (op.access & CS_AC_READ) != 0;
    form.writes = (op.access & CS_AC_WRITE) != 0;
    if (!form.reads && !form.writes) form.reads = form.writes = true;  // Capstone does not say
    if (is_bit_test(insn.id) && x86.op_count == 2 && x86.operands[1].type == X86_OP_REG) {
        form.anchor = Anchor::BitString;
        form.bits = register_index(x86.operands[1].reg);
    }
    // POP computes its destination with ESP already moved (SDM vol. 2, "POP").
    if (insn.id == X86_INS_POP && form.base == kEsp) form.displacement += form.size;
    return form;
}

OperandForm stack(Anchor anchor, uint16_t size) {
    return {.anchor = anchor,
            .reads = anchor != Anchor::Push,
            .writes = anchor == Anchor::Push,
            .segment = kSs,
            .size = size};
}

/// XLAT reads DS:[EBX + AL]; Capstone lists no operand for it.
OperandForm table_operand(const cs_insn& insn) {
    constexpr std::array<std::pair<uint8_t, SegmentIndex>, 6> kPrefixes = {
        {{0x26, kEs}, {0x2E, kCs}, {0x36, kSs}, {0x3E, kDs}, {0x64, kFs}, {0x65, kGs}}};
    OperandForm form{.anchor = Anchor::Table, .reads = true, .base = kEbx, .size = 1};
    form.wide_address = insn.detail->x86.addr_size != 2;
    for (const auto& [prefix, segment] : kPrefixes) {
        if (insn.detail->x86.prefix[1] == prefix) form.segment = segment;
    }
    return form;
}

/// What the instruction pops or pushes besides its operands; `word` is 2 or 4.
void add_implicit_pops(const cs_insn& insn, uint16_t word, InstructionForm& form) {
    const auto times = [word](unsigned count) { return static_cast<uint16_t>(word * count); };
    switch (insn.id) {
        case X86_INS_POP:
        case X86_INS_POPF:
        case X86_INS_POPFD:
        case X86_INS_RET:
            form.add(stack(Anchor::Pop, word));
            break;
        case X86_INS_RETF:
            form.add(stack(Anchor::Pop, times(4)));
            break;
        case X86_INS_POPAW:
            form.add(stack(Anchor::Pop, 16));
            break;
        case X86_INS_POPAL:
            form.add(stack(Anchor::Pop, 32));
            break;
        case X86_INS_IRET:
            form.add(stack(Anchor::Pop, 10));
            break;
        case X86_INS_IRETD:
            form.add(stack(Anchor::Pop, 20));
            break;
        case X86_INS_LEAVE:
            form.add(stack(Anchor::Frame, word));
            break;
        default:
            break;
    }
}

void add_implicit_pushes(const cs_insn& insn, uint16_t word, InstructionForm& form) {
    const cs_x86& x86 = insn.detail->x86;
    switch (insn.id) {
        case X86_INS_PUSH:
        case X86_INS_PUSHF:
        case X86_INS_PUSHFD:
        case X86_INS_CALL:
            form.add(stack(Anchor::Push, word));
            break;
        case X86_INS_LCALL:
            form.add(stack(Anchor::Push, static_cast<uint16_t>(2 * word)));
            break;
        case X86_INS_PUSHAW:
            form.add(stack(Anchor::Push, 16));
            break;
        case X86_INS_PUSHAL:
            form.add(stack(Anchor::Push, 32));
            break;
        case X86_INS_ENTER: {
            const auto nesting = static_cast<uint16_t>(x86.operands[1].imm & 31);
            form.add(stack(Anchor::Push, static_cast<uint16_t>(word * (nesting + 1))));
            if (nesting > 1) form.add(stack(Anchor::Frame, word));
            break;
        }
        default:
            break;
    }
}

bool reads_descriptors(const cs_insn& insn) {
    const cs_x86& x86 = insn.detail->x86;
    switch (insn.id) {
        case X86_INS_LCALL:
        case X86_INS_LJMP:
        case X86_INS_RETF:
        case X86_INS_IRET:
        case X86_INS_IRETD:
        case X86_INS_LDS:
        case X86_INS_LES:
        case X86_INS_LFS:
        case X86_INS_LGS:
        case X86_INS_LSS:
        case X86_INS_LAR:
        case X86_INS_LSL:
        case X86_INS_VERR:
        case X86_INS_VERW:
            return true;
        case X86_INS_MOV:
        case X86_INS_POP: {
            if (x86.op_count == 0 || x86.operands[0].type != X86_OP_REG) return false;
            const auto reg = x86.operands[0].reg;
            return reg == X86_REG_DS || reg == X86_REG_ES || reg == X86_REG_FS || reg == X86_REG_GS ||
                   reg == X86_REG_SS;
        }
        default:
            return false;
    }
}

bool operand_is_not_accessed(unsigned id) {
    return id == X86_INS_LEA || id == X86_INS_NOP;
}

bool touches(const LinearRange& range, LinearAddr page) {
    return range.first.page() == page || (range.first + (range.size - 1)).page() == page ||
           page - range.first < range.size;
}

}  // namespace

InstructionDecoder::InstructionDecoder() {
    CHECK(cs_open(CS_ARCH_X86, CS_MODE_32, &wide_) == CS_ERR_OK);
    CHECK(cs_open(CS_ARCH_X86, CS_MODE_16, &narrow_) == CS_ERR_OK);
    cs_option(wide_, CS_OPT_DETAIL, CS_OPT_ON);
    cs_option(narrow_, CS_OPT_DETAIL, CS_OPT_ON);
}

InstructionDecoder::~InstructionDecoder() {
    cs_close(&wide_);
    cs_close(&narrow_);
}

InstructionForm InstructionDecoder::disassemble(std::span<const uint8_t> code, bool wide_code) {
    InstructionForm form;
    cs_insn* raw = nullptr;
    const size_t found = cs_disasm(wide_code ? wide_ : narrow_, code.data(), code.size(), 0, 1, &raw);
    if (found == 0) return form;
    const auto release = [](cs_insn* insn) { cs_free(insn, 1); };
    const std::unique_ptr<cs_insn, decltype(release)> insn(raw, release);
    const cs_x86& x86 = insn->detail->x86;
    form.length = static_cast<uint8_t>(insn->size);
    form.reads_descriptors = reads_descriptors(*insn);
    const bool prefixed = x86.prefix[2] == 0x66;
    const uint16_t word = prefixed == wide_code ? 2 : 4;
    add_implicit_pops(*insn, word, form);
    if (!operand_is_not_accessed(insn->id)) {
        for (uint8_t i = 0; i < x86.op_count; ++i) {
            if (x86.operands[i].type == X86_OP_MEM) form.add(explicit_operand(*insn, x86.operands[i]));
        }
    }
    if (insn->id == X86_INS_XLATB && form.count == 0) form.add(table_operand(*insn));
    add_implicit_pushes(*insn, word, form);
    return form;
}

const InstructionForm& InstructionDecoder::decode(PhysAddr where, std::span<const uint8_t> code,
                                                  bool wide_code) {
    if (known_.size() >= kMostKnown) known_.clear();
    code = code.first(std::min<size_t>(code.size(), 15));
    Known& known = known_[where.value];
    const bool same = known.size != 0 && known.size == code.size() && known.wide_code == wide_code &&
                      std::ranges::equal(code, std::span(known.bytes).first(known.size));
    if (!same) {
        std::ranges::copy(code, known.bytes.begin());
        known.size = static_cast<uint8_t>(code.size());
        known.wide_code = wide_code;
        known.form = disassemble(code, wide_code);
    }
    return known.form;
}

LinearRange locate(const OperandForm& operand, const CpuState& state) {
    const auto reg = [&state](uint8_t index) { return index < 8 ? state.regs[index] : 0; };
    const SegmentRegister& segment = state.segments[operand.segment];
    const uint32_t stack_mask = segment.big() ? UINT32_MAX : 0xFFFF;
    uint32_t offset = 0;
    switch (operand.anchor) {
        case Anchor::Push:
            offset = (state.regs[kEsp] - operand.size) & stack_mask;
            break;
        case Anchor::Pop:
            offset = state.regs[kEsp] & stack_mask;
            break;
        case Anchor::Frame:
            offset = state.regs[kEbp] & stack_mask;
            break;
        case Anchor::Operand:
        case Anchor::Table:
        case Anchor::BitString:
            offset = reg(operand.base) + reg(operand.index) * operand.scale +
                     static_cast<uint32_t>(operand.displacement);
            if (operand.anchor == Anchor::Table) offset += state.regs[kEax] & 0xFF;
            if (operand.anchor == Anchor::BitString) {
                const auto bit = static_cast<int32_t>(
                    operand.size == 2 ? static_cast<uint32_t>(static_cast<int16_t>(reg(operand.bits)))
                                      : reg(operand.bits));
                const int32_t unit = operand.size == 2 ? 4 : 5;
                offset += static_cast<uint32_t>((bit >> unit) * operand.size);
            }
            if (!operand.wide_address) offset &= 0xFFFF;
            break;
    }
    return {.first = LinearAddr(segment.base + offset), .size = operand.size};
}

std::optional<LinearAddr> find_faulting_byte(const InstructionForm& form, const CpuState& state,
                                             LinearAddr page, Access access) {
    std::optional<LinearAddr> other;
    for (uint8_t i = 0; i < form.count; ++i) {
        const OperandForm& operand = form.operands[i];
        const LinearRange range = locate(operand, state);
        if (!touches(range, page)) continue;
        const LinearAddr byte = range.first.page() == page ? range.first : page;
        if (access == Access::Write ? operand.writes : operand.reads) return byte;
        if (!other) other = byte;
    }
    return other;
}

}  // namespace mmscope
