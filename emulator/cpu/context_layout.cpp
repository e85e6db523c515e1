// SPDX-License-Identifier: GPL-2.0-or-later
// Copies between Unicorn's saved CPU state and ours.
#include "cpu/context_layout.h"

#include "base/check.h"

namespace mmscope {
namespace {

constexpr size_t kSegmentStride = 24;
constexpr uint32_t kConditionCodes = 0x8D5 | kFlagDf;  // kept elsewhere by Unicorn while code runs

/// Bits of the engine's derived flags that follow from the state and that delivery may change.
enum HiddenFlag : uint32_t {
    kHiddenCpl = 3u << 0,
    kHiddenInhibitIrq = 1u << 3,
    kHiddenCs32 = 1u << 4,
    kHiddenSs32 = 1u << 5,
    kHiddenAddSeg = 1u << 6,
    kHiddenPe = 1u << 7,
    kHiddenMp = 1u << 9,
    kHiddenEm = 1u << 10,
    kHiddenTs = 1u << 11,
};
constexpr uint32_t kHiddenOurs = kHiddenCpl | kHiddenInhibitIrq | kHiddenCs32 | kHiddenSs32 | kHiddenAddSeg |
                                 kHiddenPe | kHiddenMp | kHiddenEm | kHiddenTs;

uint32_t hidden_flags(const CpuState& state) {
    uint32_t hidden = state.cpl;
    const auto& segments = state.segments;
    if (state.interrupt_shadow) hidden |= kHiddenInhibitIrq;
    if (segments[kCs].big()) hidden |= kHiddenCs32;
    if (segments[kSs].big()) hidden |= kHiddenSs32;
    const bool bases = (segments[kDs].base | segments[kEs].base | segments[kSs].base) != 0;
    const bool flat_mode = state.protected_mode() && !(state.eflags & kFlagVm) && segments[kCs].big();
    if (bases || !flat_mode) hidden |= kHiddenAddSeg;
    if (state.protected_mode()) hidden |= kHiddenPe;
    hidden |= (state.cr0 & 0xE) << 8;  // MP, EM, TS
    return hidden;
}

}  // namespace

CpuContext::CpuContext(uc_engine* engine, size_t start) : engine_(engine) {
    CHECK(uc_context_alloc(engine, &context_) == UC_ERR_OK);
    CHECK(uc_context_size(engine) >= start + kEnd);
    state_ = reinterpret_cast<std::byte*>(context_) + start;
}

CpuContext::~CpuContext() {
    uc_context_free(context_);
}

SegmentRegister CpuContext::get_segment(size_t offset) const {
    return {.selector = {static_cast<uint16_t>(get32(offset))},
            .base = get32(offset + 8),
            .limit = get32(offset + 16),
            .flags = get32(offset + 20)};
}

void CpuContext::put_segment(size_t offset, const SegmentRegister& segment) {
    put32(offset, segment.selector.value);
    put64(offset + 8, segment.base);
    put32(offset + 16, segment.limit);
    put32(offset + 20, segment.flags);
}

TableRegister CpuContext::get_table(size_t offset) const {
    return {.base = get32(offset + 8), .limit = get32(offset + 16)};
}

CpuState CpuContext::save() {
    CHECK(uc_context_save(engine_, context_) == UC_ERR_OK);
    CpuState state;
    for (size_t i = 0; i < state.regs.size(); ++i)
        state.regs[i] = get32(kRegs + 8 * i);
    state.eip = get32(kEip);
    uc_reg_read(engine_, UC_X86_REG_EFLAGS, &state.eflags);
    for (size_t i = 0; i < kSegmentCount; ++i)
        state.segments[i] = get_segment(kSegments + kSegmentStride * i);
    state.ldtr = get_segment(kLdtr);
    state.tr = get_segment(kTr);
    state.gdt = get_table(kGdt);
    state.idt = get_table(kIdt);
    state.cr0 = get32(kCr);
    state.cr2 = get32(kCr + 16);
    state.cr3 = get32(kCr + 24);
    state.cr4 = get32(kCr + 32);
    const uint32_t hidden = get32(kHflags);
    state.cpl = hidden & kHiddenCpl;
    state.interrupt_shadow = (hidden & kHiddenInhibitIrq) != 0;
    return state;
}

void CpuContext::restore(const CpuState& state) {
    for (size_t i = 0; i < state.regs.size(); ++i)
        put64(kRegs + 8 * i, state.regs[i]);
    put64(kEip, state.eip);
    put64(kEflags, (get32(kEflags) & kConditionCodes) | (state.eflags & ~kConditionCodes));
    put32(kHflags, (get32(kHflags) & ~kHiddenOurs) | hidden_flags(state));
    for (size_t i = 0; i < kSegmentCount; ++i)
        put_segment(kSegments + kSegmentStride * i, state.segments[i]);
    put_segment(kLdtr, state.ldtr);
    put_segment(kTr, state.tr);
    put64(kGdt + 8, state.gdt.base);
    put32(kGdt + 16, state.gdt.limit);
    put64(kIdt + 8, state.idt.base);
    put32(kIdt + 16, state.idt.limit);
    put64(kCr, state.cr0);
    put64(kCr + 16, state.cr2);
    put64(kCr + 24, state.cr3);
    put64(kCr + 32, state.cr4);
    // Left alone, these make Unicorn turn the next fault into a double fault, or move EIP (TRICKS).
    put32(kExceptionIsInt, 0);
    put32(kOldException, UINT32_MAX);
    CHECK(uc_context_restore(engine_, context_) == UC_ERR_OK);
}

}  // namespace mmscope
