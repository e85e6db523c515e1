// SPDX-License-Identifier: GPL-2.0-or-later
// Taking the processor's state out between two runs, and putting one in.
#include "cpu/cpu_snapshot.h"
#include "cpu/unicorn_cpu.h"

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
    cpu.quiet_deadline = quiet_deadline_;
    cpu.one_shot = one_shot_;
    cpu.one_shot_page = one_shot_page_;
    return cpu;
}

}  // namespace mmscope
