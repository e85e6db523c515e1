// SPDX-License-Identifier: GPL-2.0-or-later
// Taking the processor's state out between two runs, and putting one in.
#include "cpu/cpu_snapshot.h"
#include "cpu/unicorn_cpu.h"
#include "devices/state.h"

namespace mmscope {
namespace {

constexpr std::array kDebugNames = {UC_X86_REG_DR0, UC_X86_REG_DR1, UC_X86_REG_DR2, UC_X86_REG_DR3,
                                    UC_X86_REG_DR4, UC_X86_REG_DR5, UC_X86_REG_DR6, UC_X86_REG_DR7};

/// Calls `transfer(name, value)` for each register of x87 and SSE that Unicorn's interface knows.
template <class Transfer>
void for_each_float_register(FloatState& floats, Transfer transfer) {
    // The status word first: it holds TOP, and a write of it leaves the registers where they are.
    transfer(UC_X86_REG_FPSW, floats.status);
    transfer(UC_X86_REG_FPCW, floats.control);
    transfer(UC_X86_REG_FPTAG, floats.tag);
    transfer(UC_X86_REG_FOP, floats.opcode);
    transfer(UC_X86_REG_FCS, floats.code_selector);
    transfer(UC_X86_REG_FDS, floats.data_selector);
    transfer(UC_X86_REG_FIP, floats.code_offset);
    transfer(UC_X86_REG_FDP, floats.data_offset);
    transfer(UC_X86_REG_MXCSR, floats.mxcsr);
    for (size_t i = 0; i < floats.registers.size(); ++i)
        transfer(UC_X86_REG_FP0 + static_cast<int>(i), floats.registers[i]);
    for (size_t i = 0; i < floats.xmm.size(); ++i)
        transfer(UC_X86_REG_XMM0 + static_cast<int>(i), floats.xmm[i]);
}

/// Unicorn writes some registers 8 bytes wide: into a buffer that is large enough for any.
struct RegisterBuffer {
    alignas(16) std::array<std::byte, 16> bytes{};
};

}  // namespace

CpuSnapshot UnicornCpu::snapshot() const {
    CpuSnapshot cpu;
    cpu.state = context_->save();
    for_each_float_register(cpu.floats, [this](int name, auto& value) {
        RegisterBuffer buffer;
        uc_reg_read(engine_, name, buffer.bytes.data());
        std::memcpy(&value, buffer.bytes.data(), sizeof(value));
    });
    for (size_t i = 0; i < kDebugNames.size(); ++i)
        cpu.debug[i] = read_register(kDebugNames[i]);
    cpu.instructions = instructions_;
    cpu.fault_sequence = fault_sequence_;
    cpu.resume_eip = eip_;
    cpu.halted = halted_;
    cpu.shut_down = stop_cause_ == StopCause::ShutDown;
    cpu.quiet = quiet_;
    // What was valid earlier is no part of the machine.
    if (quiet_) cpu.quiet_deadline = quiet_deadline_;
    cpu.one_shot = one_shot_;
    if (one_shot_ != 0) cpu.one_shot_page = one_shot_page_;
    cpu.left = debug_.left;
    if (debug_.left) cpu.left_block = debug_.left_block, cpu.left_at = debug_.left_at;
    StateSaver supervisor;
    PagedSupervisorMemory(supervisor_).state(supervisor);
    cpu.supervisor = supervisor.bytes();
    cpu.report = report_;
    return cpu;
}

/// Unicorn derives state of its own from these: its interface must be told first, and the copy of its context
/// then holds what the interface cannot say.
void UnicornCpu::write_hardware(const CpuSnapshot& cpu) {
    const CpuState& state = cpu.state;
    for (const auto& [name, value] : {std::pair{UC_X86_REG_CR4, state.cr4},
                                      {UC_X86_REG_CR3, state.cr3},
                                      {UC_X86_REG_CR0, state.cr0},
                                      {UC_X86_REG_EFLAGS, state.eflags}}) {
        uc_reg_write(engine_, name, &value);
    }
    FloatState floats = cpu.floats;
    for_each_float_register(floats, [this](int name, auto& value) {
        RegisterBuffer buffer;
        std::memcpy(buffer.bytes.data(), &value, sizeof(value));
        uc_reg_write(engine_, name, buffer.bytes.data());
    });
    for (size_t i = 0; i < kDebugNames.size(); ++i)
        uc_reg_write(engine_, kDebugNames[i], &cpu.debug[i]);
    (void)context_->save();
    context_->restore(state);
    flush_engine_tlb();
}

Result<void> UnicornCpu::restore(const CpuSnapshot& cpu) {
    reset();
    if (auto valid = validate(cpu); !valid) return valid;
    write_hardware(cpu);
    read_paging_mode();
    note_code_segment(cpu.state);
    StateLoader supervisor(cpu.supervisor);
    supervisor_.state(supervisor);
    if (supervisor.failed() || !supervisor.at_end()) {
        reset();
        return fail("damaged: what the processor has cached cannot be read");
    }
    instructions_ = cpu.instructions;
    fault_sequence_ = cpu.fault_sequence;
    eip_ = cpu.resume_eip;
    halted_ = cpu.halted;
    stop_cause_ = cpu.shut_down ? StopCause::ShutDown : StopCause::None;
    quiet_ = cpu.quiet;
    quiet_deadline_ = cpu.quiet_deadline;
    one_shot_ = cpu.one_shot;
    one_shot_page_ = cpu.one_shot_page;
    debug_.left = cpu.left;
    debug_.left_block = cpu.left_block;
    debug_.left_at = cpu.left_at;
    report_ = cpu.report;
    return {};
}

}  // namespace mmscope
