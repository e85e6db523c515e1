// SPDX-License-Identifier: GPL-2.0-or-later
// Hooks on single instructions: what changes translation, and what the engine would do wrongly by itself.
#include <algorithm>

#include "cpu/unicorn_cpu.h"

namespace mmscope {
namespace {

constexpr size_t kMostProbes = 1024;  // Unicorn walks their list for each instruction it translates
constexpr uint32_t kControl4Known =
    kCr4Tsd | 1u << 3 | kCr4Pse | 1u << 6 | kCr4Pge | 1u << 8;  // + DE MCE PCE
constexpr uint32_t kIoMapField = 0x66;  // offset of the I/O map base in a 32-bit TSS (SDM vol. 3, figure 7-2)
constexpr uint32_t kMsrTimeStamp = 0x10;

Interruption general_protection() {
    return {.vector = kGeneralProtection};
}

uint32_t port_access_size(const Instruction& instruction) {
    const bool byte = (instruction.opcode & 1) == 0;
    return byte ? 1 : instruction.wide_operand ? 4 : 2;
}

}  // namespace

bool UnicornCpu::needs_probe(Sensitive what, LinearAddr address) const {
    if (watched_.contains(address.value) || debug_.breakpoints.contains(address.value)) return true;
    switch (what) {
        case Sensitive::None:
            return false;
        case Sensitive::InterruptReturn:
            return wants_returns_;
        case Sensitive::PortAccess: {
            // Port instructions of the kernel's own pages never run at CPL 3.
            const Walk walk = walk_page(memory_, mode_, address);
            return walk.user;
        }
        default:
            return true;
    }
}

bool UnicornCpu::install_probe(LinearAddr address) {
    if (probes_.contains(address.value)) return false;
    if (probes_.size() >= kMostProbes) drop_probes();
    uc_hook hook{};
    const uc_err error = uc_hook_add(engine_, &hook, UC_HOOK_CODE, reinterpret_cast<void*>(on_probe), this,
                                     address.value, address.value);
    CHECK(error == UC_ERR_OK);
    probes_.emplace(address.value, hook);
    return true;
}

void UnicornCpu::drop_probes() {
    for (const auto& [address, hook] : probes_)
        uc_hook_del(engine_, hook);
    probes_.clear();
    blocks_.clear();
}

void UnicornCpu::probe(LinearAddr address) {
    if (stop_cause_ != StopCause::None || stops_before(address)) return;
    if (observer_ != nullptr && watched_.contains(address.value)) tell_reached(address);
    std::array<uint8_t, kLongestInstruction> code{};
    const uint32_t size = read_code(address, code);
    const Instruction instruction = decode_length(std::span(code).first(size), code_size());
    switch (classify(instruction)) {
        case Sensitive::None:
            return;
        case Sensitive::MoveToControl:
            return probe_control_write(instruction, address);
        case Sensitive::InvalidatePage:
            return probe_invalidate(address);
        case Sensitive::InterruptReturn:
            return probe_interrupt_return(address);
        case Sensitive::PortAccess:
            return probe_port_access(instruction, address);
        case Sensitive::ReadTime:
            return probe_time(instruction, address);
        case Sensitive::ModelRegister:
            return request_emulation(address, instruction, {});
    }
}

void UnicornCpu::probe_control_write(const Instruction& instruction, LinearAddr address) {
    if (current_cpl() != 0 || instruction.opcode != 0x0F22) return;
    constexpr std::array<int, 8> kRegisters = {UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX,
                                               UC_X86_REG_EBX, UC_X86_REG_ESP, UC_X86_REG_EBP,
                                               UC_X86_REG_ESI, UC_X86_REG_EDI};
    const uint32_t value = read_register(kRegisters[instruction.modrm & 7]);
    const uint32_t cr4 = read_register(UC_X86_REG_CR4);
    switch (instruction.reg()) {
        case 0:
            if ((value & kCr0Pg) && !(value & kCr0Pe)) {
                return request_emulation(address, instruction, general_protection());
            }
            return load_paging_bits(value, cr4);
        case 3:
            return load_directory(value);
        case 4:
            if (value & ~kControl4Known) return request_emulation(address, instruction, general_protection());
            return load_paging_bits(cr0_, value);
        default:
            return;
    }
}

void UnicornCpu::probe_invalidate(LinearAddr address) {
    if (current_cpl() != 0) return;
    const CpuState state = save_state();
    std::array<uint8_t, kLongestInstruction> code{};
    const uint32_t size = read_code(address, code);
    const auto where = look_up(address).value_or(PhysAddr(0));
    const InstructionForm& form =
        decoder_.decode(where, std::span(code).first(size), state.segments[kCs].big());
    if (form.count == 0) return;
    const LinearAddr target = locate(form.operands[0], state).first;
    supervisor_.flush();
    tell_dropped(TlbDrop::Page, target);
    // The engine knows a 4 MiB page in pieces and would drop only one.
    if (tlb_.invalidate(target)) flush_engine_tlb();
    blocks_.forget_page(target.page());
}

void UnicornCpu::probe_interrupt_return(LinearAddr address) {
    if (observer_ == nullptr || current_cpl() != 0) return;
    const CpuState state = save_state();
    const LinearAddr frame(state.segments[kSs].base + state.regs[kEsp]);
    std::array<uint8_t, 8> words{};
    if (read_code(frame, words) != words.size()) return;  // the IRET will fault
    InterruptReturn back{};
    const uint32_t rest = block_pc_ + block_size_ - address.value;
    back.time = VirtualTime{clock_.now.ns - std::min(rest, block_size_)};
    back.instructions = instructions_;
    back.frame = frame;
    std::memcpy(&back.eip, words.data(), sizeof(back.eip));
    std::memcpy(&back.cs, words.data() + 4, sizeof(back.cs));
    observer_->interrupt_return(back);
}

void UnicornCpu::tell_reached(LinearAddr address) {
    const uint32_t rest = std::min(block_pc_ + block_size_ - address.value, block_size_);
    observer_->instruction_reached({.time = VirtualTime{clock_.now.ns - rest},
                                    .instructions = instructions_ - count_instructions(address, rest),
                                    .eip = address,
                                    .esp = LinearAddr(read_register(UC_X86_REG_ESP)),
                                    .eax = read_register(UC_X86_REG_EAX)});
}

void UnicornCpu::watch_instructions(std::span<const LinearAddr> addresses) {
    CHECK(addresses.size() <= kMostWatched);
    watched_.clear();
    for (const LinearAddr address : addresses)
        watched_.insert(address.value);
    blocks_.clear();  // each block is looked at again, and its instructions get their probes
}

void UnicornCpu::probe_time(const Instruction& instruction, LinearAddr address) {
    const bool forbidden = (read_register(UC_X86_REG_CR4) & kCr4Tsd) && current_cpl() != 0;
    if (forbidden) return request_emulation(address, instruction, general_protection());
    request_emulation(address, instruction, {});
}

void UnicornCpu::probe_port_access(const Instruction& instruction, LinearAddr address) {
    if (current_cpl() == 0) return;
    const CpuState state = save_state();
    if (state.cpl <= iopl(state.eflags) && !(state.eflags & kFlagVm)) return;
    const bool immediate = instruction.opcode >= 0xE4 && instruction.opcode <= 0xE7;
    std::array<uint8_t, kLongestInstruction> code{};
    const uint32_t size = read_code(address, code);
    const bool known = size >= instruction.length && instruction.length != 0;
    const auto port =
        static_cast<uint16_t>(immediate && known ? code[instruction.length - 1u] : state.regs[kEdx]);
    if (port_allowed(state, port, port_access_size(instruction))) return;
    request_emulation(address, instruction, general_protection());
}

/// The I/O permission bit map (SDM vol. 1, section 19.5.2): all bits of the ports must be clear.
bool UnicornCpu::port_allowed(const CpuState& state, uint16_t port, uint32_t size) {
    const bool wide_tss = (state.tr.descriptor().type() & 8) != 0;
    if (!wide_tss || state.tr.limit < kIoMapField + 1) return false;
    const auto base = supervisor_.read(LinearAddr(state.tr.base + kIoMapField), Width::Word);
    if (!base) return false;
    const uint32_t at = *base + port / 8u;
    if (at + 1 > state.tr.limit) return false;
    const auto bits = supervisor_.read(LinearAddr(state.tr.base + at), Width::Word);
    return bits && (*bits >> (port % 8) & ((1u << size) - 1)) == 0;
}

void UnicornCpu::request_emulation(LinearAddr address, const Instruction& instruction,
                                   std::optional<Interruption> fault) {
    emulation_ = {.at = address, .instruction = instruction, .fault = fault};
    stop(StopCause::Emulate);
}

void UnicornCpu::emulate() {
    leave_block_at(emulation_.at);
    CpuState state = save_state();
    state.eip = emulation_.at.value - state.segments[kCs].base;
    const Instruction& instruction = emulation_.instruction;
    if (!emulation_.fault && instruction.opcode == 0x0F31) {
        state.regs[kEax] = static_cast<uint32_t>(clock_.now.ns);
        state.regs[kEdx] = static_cast<uint32_t>(clock_.now.ns >> 32);
    } else if (!emulation_.fault && !emulate_model_register(state, instruction.opcode == 0x0F30)) {
        emulation_.fault = general_protection();
    }
    if (emulation_.fault) {
        raise(state, *emulation_.fault);
        return;
    }
    state.eip += instruction.length;
    state.interrupt_shadow = false;
    clock_.now.ns += instruction.length;
    ++instructions_;
    context_->restore(state);
    eip_ = state.eip;
}

/// RDMSR and WRMSR: the time stamp counter can be read; nothing else exists (SDM vol. 2, "RDMSR": #GP(0)).
bool UnicornCpu::emulate_model_register(CpuState& state, bool write) const {
    if (state.cpl != 0 || write || state.regs[kEcx] != kMsrTimeStamp) return false;
    state.regs[kEax] = static_cast<uint32_t>(clock_.now.ns);
    state.regs[kEdx] = static_cast<uint32_t>(clock_.now.ns >> 32);
    return true;
}

}  // namespace mmscope
