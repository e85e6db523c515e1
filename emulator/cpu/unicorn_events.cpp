// SPDX-License-Identifier: GPL-2.0-or-later
// Exceptions that the engine reports, interrupts of the controller, and what is told about them.
#include <fmt/format.h>

#include <algorithm>

#include "cpu/unicorn_cpu.h"

namespace mmscope {
namespace {

/// Virtual nanoseconds. Not zero, or a guest that only faults would stop time.
constexpr uint64_t kDeliveryTime = 20;
constexpr uint32_t kVectors = 256;
constexpr uint32_t kLargestFrame = 40;  // bytes that a delivery pushes at most

/// INT3 and INTO have forms of one byte; everything else that is "software" is INT n.
bool has_short_form(uint32_t vector) {
    return vector == kBreakpoint || vector == kOverflow;
}

uint8_t int_length(uint32_t vector, std::span<const uint8_t> before) {
    const bool short_form = (vector == kBreakpoint && before[1] == 0xCC && before[0] != 0xCD) ||
                            (vector == kOverflow && before[1] == 0xCE && before[0] != 0xCD);
    return short_form ? 1 : 2;
}

std::string describe_state(const CpuState& state) {
    const auto& r = state.regs;
    const auto& s = state.segments;
    return fmt::format(
        "eip {:08x}  eflags {:08x}  cpl {}\n"
        "eax {:08x}  ecx {:08x}  edx {:08x}  ebx {:08x}\n"
        "esp {:08x}  ebp {:08x}  esi {:08x}  edi {:08x}\n"
        "cs {:04x}  ss {:04x}  ds {:04x}  es {:04x}  fs {:04x}  gs {:04x}  tr {:04x}  ldtr {:04x}\n"
        "cr0 {:08x}  cr2 {:08x}  cr3 {:08x}  cr4 {:08x}\n"
        "gdt {:08x}+{:x}  idt {:08x}+{:x}",
        state.eip, state.eflags, state.cpl, r[kEax], r[kEcx], r[kEdx], r[kEbx], r[kEsp], r[kEbp], r[kEsi],
        r[kEdi], s[kCs].selector.value, s[kSs].selector.value, s[kDs].selector.value, s[kEs].selector.value,
        s[kFs].selector.value, s[kGs].selector.value, state.tr.selector.value, state.ldtr.selector.value,
        state.cr0, state.cr2, state.cr3, state.cr4, state.gdt.base, state.gdt.limit, state.idt.base,
        state.idt.limit);
}

}  // namespace

void UnicornCpu::handle_engine_interrupt(uint32_t vector) {
    if (stop_cause_ == StopCause::ShutDown || stop_cause_ == StopCause::Broken) return;
    CpuState state = save_state();
    if (vector >= kVectors) {
        report_ = fmt::format("Unicorn reports event {:#x}\n{}", vector, describe_state(state));
        return stop(StopCause::Broken);
    }
    Interruption what{.vector = static_cast<uint8_t>(vector)};
    if (context_->from_int_instruction()) {
        std::array<uint8_t, 2> before{};
        if (has_short_form(vector)) (void)read_code(state.linear_eip() - 2, before);
        what.origin = Origin::Software;
        what.instruction_length = int_length(vector, before);
    } else if (vector == kPageFaultVector) {
        what.error_code = context_->error_code() | forgotten_user_bit(state);
        what.cr2 = LinearAddr(state.cr2);
    } else if (pushes_error_code(what.vector)) {
        what.error_code = context_->error_code();
    }
    leave_block_at(state.linear_eip());
    // A handler may fault before its first block begins, again and again: the clock must be looked at here
    // too.
    if (raise(state, what) && clock_.now >= clock_.deadline) stop(StopCause::LookAtClock);
}

/// Unicorn's IRET and far RET pop with the rights of the supervisor even at CPL 3; the processor only reads
/// descriptors and the TSS so (SDM vol. 3, section 4.6). The error code tells.
uint32_t UnicornCpu::forgotten_user_bit(const CpuState& state) const {
    const LinearAddr cr2(state.cr2);
    const bool write = (context_->error_code() & kFaultWrite) != 0;
    return state.cpl == 3 && !write && !in_descriptor_tables(state, cr2) ? uint32_t{kFaultUser} : 0;
}

bool UnicornCpu::take_interrupt() {
    CpuState state = save_state();
    state.eip = eip_;
    if (!(state.eflags & kFlagIf) || state.interrupt_shadow) return false;
    halted_ = false;
    const uint8_t vector = pins_.acknowledge_interrupt();
    raise(state, {.vector = vector, .origin = Origin::Hardware});
    return true;
}

bool UnicornCpu::raise(CpuState& state, Interruption what) {
    end_quiet();
    if (debug_.watch_pass) end_watch_pass();
    one_shot_ = 0;
    const CpuState before = state;
    supervisor_.forget_touched();
    const DeliveryOutcome outcome = deliver(state, supervisor_, what);
    clock_.now.ns += kDeliveryTime;
    if (outcome.delivered) {
        context_->restore(state);
        note_code_segment(state);
        eip_ = state.eip;
        check_touched_code(outcome.delivered->frame);
    }
    if (observer_ != nullptr) tell_delivered(before, outcome);
    if (outcome.delivered) return true;
    shut_down(state, outcome.shutdown_reason());
    return false;
}

void UnicornCpu::tell_delivered(const CpuState& before, const DeliveryOutcome& outcome) {
    if (outcome.delivered) {
        observer_->delivered({.time = clock_.now,
                              .vector = outcome.chain.last().vector,
                              .old_cpl = before.cpl,
                              .eip = before.linear_eip(),
                              .eax = before.regs[kEax]});
    }
    for (uint32_t i = 0; i < outcome.chain.count; ++i) {
        const Interruption& step = outcome.chain.steps[i];
        if (!step.cr2) continue;
        PageFault fault = describe_page_fault(before, step);
        const bool is_last = i + 1 == outcome.chain.count;
        if (is_last && outcome.delivered) fault.frame = outcome.delivered->frame;
        observer_->page_fault(fault);
    }
}

PageFault UnicornCpu::describe_page_fault(const CpuState& before, const Interruption& what) {
    PageFault fault{};
    fault.sequence = fault_sequence_++;
    fault.time = clock_.now;
    fault.instructions = instructions_;
    fault.cr2 = *what.cr2;
    fault.error_code = what.error_code;
    fault.eip = before.linear_eip();
    fault.esp = before.regs[kEsp];
    fault.cpl = before.cpl;
    fault.directory = mode_.directory;
    fault.walk = walk_page(memory_, mode_, fault.cr2);
    const bool write = (what.error_code & kFaultWrite) != 0;
    fault.access = write ? Access::Write : is_fetch(before, fault.cr2) ? Access::Fetch : Access::Read;
    if (fault.access != Access::Fetch) {
        const uint32_t size = read_code(fault.eip, fault.instruction);
        fault.instruction_size = decode_length(std::span(fault.instruction).first(size), code_size()).length;
    }
    return fault;
}

/// Without NX the error code does not tell a fetch from a read. A read of the page that is being executed
/// cannot fault, so a fault there is of the fetch. On the next page it is one if no operand lies there:
/// Unicorn translates a whole block first and reports an instruction cut by the page border at the block's
/// start.
bool UnicornCpu::is_fetch(const CpuState& before, LinearAddr cr2) {
    const LinearAddr eip = before.linear_eip();
    if (cr2.page() == eip.page()) return true;
    if (cr2 != (eip + kPageSize).page()) return false;
    std::array<uint8_t, kLongestInstruction> code{};
    const uint32_t size = read_code(eip, code);
    const PhysAddr where = look_up(eip).value_or(PhysAddr(0));
    const InstructionForm& form =
        decoder_.decode(where, std::span(code).first(size), before.segments[kCs].big());
    return !find_faulting_byte(form, before, cr2.page(), Access::Read);
}

void UnicornCpu::shut_down(const CpuState& state, const std::string& reason) {
    report_ = fmt::format("{}\n{}", reason, describe_state(state));
    stop(StopCause::ShutDown);
}

/// A frame was pushed onto a page that also holds code: what was translated from those bytes is stale.
void UnicornCpu::check_touched_code(LinearAddr frame) {
    const auto& touched = supervisor_.touched();
    for (uint32_t i = 0; i < touched.count; ++i) {
        if (!code_pages_.contains(touched.frames[i])) continue;
        uc_ctl_remove_cache(engine_, uint64_t{frame.value}, uint64_t{frame.value} + kLargestFrame);
        blocks_.clear();
        return;
    }
}

}  // namespace mmscope
