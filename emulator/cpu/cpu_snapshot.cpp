// SPDX-License-Identifier: GPL-2.0-or-later
// The list of the processor's fields that a snapshot holds. A change of it is a new snapshot version.
#include "cpu/cpu_snapshot.h"

#include "devices/state.h"

namespace mmscope {
namespace {

void visit(StateVisitor& visitor, SegmentRegister& segment) {
    visitor.field("selector", segment.selector.value);
    visitor.field("base", segment.base);
    visitor.field("limit", segment.limit);
    visitor.field("flags", segment.flags);
}

void visit(StateVisitor& visitor, TableRegister& table) {
    visitor.field("base", table.base);
    visitor.field("limit", table.limit);
}

void visit(StateVisitor& visitor, CpuState& cpu) {
    visitor.field("regs", cpu.regs);
    visitor.field("eip", cpu.eip);
    visitor.field("eflags", cpu.eflags);
    for (SegmentRegister& segment : cpu.segments)
        visit(visitor, segment);
    visit(visitor, cpu.ldtr);
    visit(visitor, cpu.tr);
    visit(visitor, cpu.gdt);
    visit(visitor, cpu.idt);
    visitor.field("cr0", cpu.cr0);
    visitor.field("cr2", cpu.cr2);
    visitor.field("cr3", cpu.cr3);
    visitor.field("cr4", cpu.cr4);
    visitor.field("cpl", cpu.cpl);
    visitor.field("interrupt_shadow", cpu.interrupt_shadow);
}

void visit(StateVisitor& visitor, FloatState& floats) {
    visitor.field("registers", floats.registers);
    visitor.field("xmm", floats.xmm);
    visitor.field("control", floats.control);
    visitor.field("status", floats.status);
    visitor.field("tag", floats.tag);
    visitor.field("opcode", floats.opcode);
    visitor.field("code_selector", floats.code_selector);
    visitor.field("data_selector", floats.data_selector);
    visitor.field("code_offset", floats.code_offset);
    visitor.field("data_offset", floats.data_offset);
    visitor.field("mxcsr", floats.mxcsr);
}

}  // namespace

void visit(StateVisitor& visitor, CpuSnapshot& cpu) {
    visit(visitor, cpu.state);
    visit(visitor, cpu.floats);
    visitor.field("debug", cpu.debug);
    visitor.field("instructions", cpu.instructions);
    visitor.field("fault_sequence", cpu.fault_sequence);
    visitor.field("resume_eip", cpu.resume_eip);
    visitor.field("halted", cpu.halted);
    visitor.field("shut_down", cpu.shut_down);
    visitor.field("quiet", cpu.quiet);
    visitor.field("quiet_deadline", cpu.quiet_deadline.ns);
    visitor.field("one_shot", cpu.one_shot);
    visitor.field("one_shot_page", cpu.one_shot_page.value);
    visitor.field("left", cpu.left);
    visitor.field("left_block", cpu.left_block);
    visitor.field("left_at", cpu.left_at);
    visitor.field("supervisor", cpu.supervisor);
    visitor.field("report", cpu.report);
}

Result<void> validate(const CpuSnapshot& cpu) {
    constexpr uint8_t kLongestShot = 2;
    constexpr uint32_t kLongestBlock = 8192;
    const CpuState& state = cpu.state;
    const bool paging = (state.cr0 & kCr0Pg) != 0;
    const bool right = state.cpl <= 3 && (state.protected_mode() || (!paging && state.cpl == 0)) &&
                       cpu.one_shot <= kLongestShot &&
                       (!cpu.left || cpu.left_at - cpu.left_block < kLongestBlock);
    if (right) return {};
    return fail("damaged: the processor's registers contradict each other");
}

CpuRegisters registers_of(const CpuState& s) {
    const auto& r = s.regs;
    const auto selector = [&s](SegmentIndex index) { return s.segments[index].selector.value; };
    return {.eax = r[kEax],
            .ecx = r[kEcx],
            .edx = r[kEdx],
            .ebx = r[kEbx],
            .esp = r[kEsp],
            .ebp = r[kEbp],
            .esi = r[kEsi],
            .edi = r[kEdi],
            .eip = s.eip,
            .eflags = s.eflags,
            .es = selector(kEs),
            .cs = selector(kCs),
            .ss = selector(kSs),
            .ds = selector(kDs),
            .fs = selector(kFs),
            .gs = selector(kGs),
            .ldtr = s.ldtr.selector.value,
            .tr = s.tr.selector.value,
            .cr0 = s.cr0,
            .cr2 = s.cr2,
            .cr3 = s.cr3,
            .cr4 = s.cr4,
            .gdt_base = s.gdt.base,
            .gdt_limit = s.gdt.limit,
            .idt_base = s.idt.base,
            .idt_limit = s.idt.limit,
            .cpl = s.cpl};
}

CpuRegisters CpuSnapshot::registers() const {
    return registers_of(state);
}

PagingMode CpuSnapshot::paging() const {
    return {.directory = PhysAddr(state.cr3).page(),
            .paging = (state.cr0 & kCr0Pg) != 0,
            .write_protect = (state.cr0 & kCr0Wp) != 0,
            .large_pages = (state.cr4 & kCr4Pse) != 0,
            .global_pages = (state.cr4 & kCr4Pge) != 0};
}

}  // namespace mmscope
