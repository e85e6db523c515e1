// SPDX-License-Identifier: GPL-2.0-or-later
// Opening Unicorn, the reset states, and the run loop.
#include "cpu/unicorn_cpu.h"

#include <fmt/format.h>

#include "cpu/cpu_snapshot.h"
#include "cpu/host_divide.h"

namespace mmscope {
namespace {

constexpr uint64_t kAddressSpace = uint64_t{1} << 32;
constexpr PhysAddr kLegacyHole = PhysicalMemory::kHoleFirst;  // the bus answers there
constexpr PhysAddr kHighMemory = PhysicalMemory::kHoleEnd;
constexpr unsigned kOldestUnicorn = 2u << 24 | 1u << 16 | 1u << 8;
constexpr uint32_t kMultibootMagic = 0x2BADB002;
constexpr uint32_t kCr0AtReset = kCr0Pe | 0x10;  // ET: the FPU is on the chip
constexpr uint16_t kFpuControlAtReset = 0x40;    // SDM vol. 3A, 10.1.1
constexpr uint16_t kCodeSelector = 0x08, kDataSelector = 0x10;

SegmentRegister flat_segment(uint16_t selector, uint32_t type) {
    const uint32_t flags = 0x00CF0000 | kDescPresent | kDescNotSystem | kDescAccessed | type;
    return {.selector = {selector}, .base = 0, .limit = UINT32_MAX, .flags = flags};
}

Error unicorn_error(const char* what, uc_err error) {
    return {fmt::format("Unicorn refuses {}: {}", what, uc_strerror(error))};
}

}  // namespace

Result<std::unique_ptr<Cpu>> Cpu::create(const CpuConfig& config, PhysicalMemory& memory, VirtualClock& clock,
                                         CpuPins& pins) {
    const unsigned version = uc_version(nullptr, nullptr);
    if (version < kOldestUnicorn) {
        return fail(fmt::format("Unicorn {}.{}.{} is too old: 2.1.1 or later is needed (virtual TLB)",
                                version >> 24, version >> 16 & 0xFF, version >> 8 & 0xFF));
    }
    const auto start = verify_context_layout();
    if (!start) return std::unexpected(start.error());
    uc_engine* engine = nullptr;
    if (const uc_err error = uc_open(UC_ARCH_X86, UC_MODE_32, &engine); error != UC_ERR_OK) {
        return std::unexpected(unicorn_error("an i386", error));
    }
    // Any other use of the engine, a context already, makes the buffer: of 1 GiB if nothing else is said, all
    // of which each flush fills with zeros.
    CHECK(uc_ctl_set_tcg_buffer_size(engine, config.translation_buffer) == UC_ERR_OK);
    auto cpu = std::make_unique<UnicornCpu>(config, memory, clock, pins, engine, *start);
    if (const auto prepared = cpu->prepare(); !prepared) return std::unexpected(prepared.error());
    cpu->reset();
    return cpu;
}

UnicornCpu::UnicornCpu(const CpuConfig& config, PhysicalMemory& memory, VirtualClock& clock, CpuPins& pins,
                       uc_engine* engine, size_t context_start)
    : clock_(clock),
      config_(config),
      memory_(memory),
      pins_(pins),
      engine_(engine),
      log_("cpu"),
      context_(std::make_unique<CpuContext>(engine, context_start)),
      supervisor_(memory, mode_, pins),
      tlb_(config.mmu == MmuKind::Own),
      code_pages_(memory.size()) {}

UnicornCpu::~UnicornCpu() {
    context_.reset();  // needs the engine
    uc_close(engine_);
}

Result<void> UnicornCpu::prepare() {
    if (auto handled = survive_host_divide_errors(); !handled) return handled;
    if (const uc_err error = uc_ctl_exits_enable(engine_); error != UC_ERR_OK) {
        return std::unexpected(unicorn_error("to run without an end address", error));
    }
    // Before the first flush Unicorn takes the last quarter of the buffer for no place of translations:
    // faults there have the EIP of their block, and going on after the buffer was full ends in a crash.
    uc_ctl_flush_tb(engine_);
    const int kind = config_.mmu == MmuKind::Own ? UC_TLB_VIRTUAL : UC_TLB_CPU;
    if (const uc_err error = uc_ctl_tlb_mode(engine_, kind); error != UC_ERR_OK) {
        return std::unexpected(unicorn_error("the kind of TLB", error));
    }
    if (auto mapped = map_memory(); !mapped) return mapped;
    return add_hooks();
}

Result<void> UnicornCpu::map_memory() {
    std::byte* base = memory_.bytes().data();
    const uint32_t size = memory_.size();
    uc_err error = uc_mem_map_ptr(engine_, 0, kLegacyHole.value, UC_PROT_ALL, base);
    if (error == UC_ERR_OK && size > kHighMemory.value) {
        error = uc_mem_map_ptr(engine_, kHighMemory.value, size - kHighMemory.value, UC_PROT_ALL,
                               base + kHighMemory.value);
    }
    if (error != UC_ERR_OK) return std::unexpected(unicorn_error("the guest's RAM", error));
    if (auto hole = map_bus(windows_[0], kLegacyHole, kHighMemory - kLegacyHole); !hole) return hole;
    return map_bus(windows_[1], PhysAddr(size), kAddressSpace - size);
}

Result<void> UnicornCpu::map_bus(BusWindow& window, PhysAddr first, uint64_t size) {
    window = {.cpu = this, .first = first};
    const uc_err error = uc_mmio_map(engine_, first.value, static_cast<size_t>(size), on_mmio_read, &window,
                                     on_mmio_write, &window);
    if (error != UC_ERR_OK) return std::unexpected(unicorn_error("the bus", error));
    return {};
}

Result<void> UnicornCpu::add_hooks() {
    uc_err error = UC_ERR_OK;
    const auto add = [&](int type, auto* callback, auto... instruction) {
        uc_hook hook{};
        if (error == UC_ERR_OK) {
            error = uc_hook_add(engine_, &hook, type, reinterpret_cast<void*>(callback), this, uint64_t{1},
                                uint64_t{0}, instruction...);
        }
    };
    add(UC_HOOK_BLOCK, on_block);
    add(UC_HOOK_INTR, on_interrupt);
    add(UC_HOOK_INSN_INVALID, on_invalid);
    add(UC_HOOK_INSN, on_in, UC_X86_INS_IN);
    add(UC_HOOK_INSN, on_out, UC_X86_INS_OUT);
    add(UC_HOOK_INSN, on_cpuid, UC_X86_INS_CPUID);
    if (config_.mmu == MmuKind::Own) add(UC_HOOK_TLB_FILL, on_fill);
    if (error != UC_ERR_OK) return std::unexpected(unicorn_error("a hook", error));
    return {};
}

void UnicornCpu::reset() {
    const uint32_t none = 0;
    for (const int name : {UC_X86_REG_CR4, UC_X86_REG_CR3})
        uc_reg_write(engine_, name, &none);
    uc_reg_write(engine_, UC_X86_REG_CR0, &kCr0AtReset);
    uc_reg_write(engine_, UC_X86_REG_FPCW, &kFpuControlAtReset);
    uc_reg_write(engine_, UC_X86_REG_EFLAGS, &kFlagsAtReset);
    CpuState state = context_->save();
    state.regs = {};
    state.eip = 0;
    state.eflags = kFlagReserved1;
    state.cr0 = kCr0AtReset;
    state.cr2 = state.cr3 = state.cr4 = 0;
    state.segments.fill(flat_segment(kDataSelector, kDescWritable));
    state.segments[kCs] = flat_segment(kCodeSelector, kDescCode | kDescWritable);
    state.ldtr = {.selector = {}, .base = 0, .limit = 0xFFFF, .flags = kDescPresent | 2u << 8};
    state.tr = {.selector = {}, .base = 0, .limit = 0xFFFF, .flags = kDescPresent | 11u << 8};
    state.gdt = state.idt = {.base = 0, .limit = 0};
    state.cpl = 0;
    state.interrupt_shadow = false;
    context_->restore(state);
    drop_probes();
    if (!code_pages_.empty()) drop_code();
    uc_ctl_flush_tlb(engine_);
    read_paging_mode();
    tlb_.reset();
    supervisor_.flush();
    instructions_ = fault_sequence_ = 0;
    block_pc_ = block_size_ = 0;
    halted_ = quiet_ = requested_ = false;
    one_shot_ = 0;
    wide_code_ = true;
    eip_ = 0;
    debug_.from_instructions = UINT64_MAX;
    debug_.stepping = debug_.watch_pass = debug_.left = false;
    report_.clear();
}

void UnicornCpu::enter_multiboot(uint32_t entry, PhysAddr info) {
    reset();
    CpuState state = context_->save();
    state.regs[kEax] = kMultibootMagic;
    state.regs[kEbx] = info.value;
    state.eip = eip_ = entry;
    context_->restore(state);
}

StopReason UnicornCpu::run() {
    requested_ = false;
    if (debug_.left && !quiet_) resume_quietly(eip_);
    for (;;) {
        if (const auto reason = before_run()) return *reason;
        stop_cause_ = StopCause::None;
        refusal_.active = false;
        running_ = true;
        const uc_err error = uc_emu_start(engine_, eip_, 0, 0, 0);
        running_ = false;
        if (const auto reason = after_run(error)) return *reason;
    }
}

std::optional<StopReason> UnicornCpu::before_run() {
    if (!quiet_ && !halted_ && clock_.now >= clock_.deadline && pins_.clock_expired())
        return StopReason::Requested;
    if (pins_.interrupt_requested() && !quiet_) {
        clock_.deadline = VirtualTime{0};
        if (may_interrupt() && !take_interrupt()) {
            // In the shadow of STI or a load of SS: one more instruction first.
            resume_quietly(eip_);
        }
    }
    if (stop_cause_ == StopCause::ShutDown) return StopReason::ShutDown;
    if (halted_) return after_halt();
    return std::nullopt;
}

std::optional<StopReason> UnicornCpu::after_run(uc_err error) {
    if (stop_cause_ == StopCause::None && error != UC_ERR_OK) return after_error(error);
    switch (stop_cause_) {
        case StopCause::None:
            eip_ = read_register(UC_X86_REG_EIP);
            halted_ = true;
            return after_halt();
        case StopCause::Border:
            set_eip(block_pc_ - code_base());
            if (!requested_) return std::nullopt;
            return StopReason::Requested;
        case StopCause::Rescan:
            uc_ctl_remove_cache(engine_, uint64_t{block_pc_}, uint64_t{block_pc_} + rescan_size_);
            resume_quietly(block_pc_ - code_base());
            return std::nullopt;
        case StopCause::Emulate:
            emulate();
            if (stop_cause_ == StopCause::ShutDown) return StopReason::ShutDown;
            return std::nullopt;
        case StopCause::DropCode:
            eip_ = read_register(UC_X86_REG_EIP);
            drop_code();
            return std::nullopt;
        case StopCause::Debugger:
            return leave_for_debugger();
        case StopCause::LookAtClock:
            return std::nullopt;
        case StopCause::ShutDown:
            return StopReason::ShutDown;
        case StopCause::Broken:
            return StopReason::Broken;
    }
    return StopReason::Broken;
}

StopReason UnicornCpu::after_halt() {
    if (read_register(UC_X86_REG_EFLAGS) & kFlagIf) return StopReason::Halted;
    shut_down(save_state(), "halted with interrupts disabled: nothing can wake the processor");
    return StopReason::ShutDown;
}

std::optional<StopReason> UnicornCpu::after_error(uc_err error) {
    if (error == UC_ERR_EXCEPTION && refusal_.active) {
        handle_refusal();
        if (stop_cause_ == StopCause::ShutDown) return StopReason::ShutDown;
        return std::nullopt;
    }
    CpuState state = save_state();
    const bool outside = error == UC_ERR_FETCH_UNMAPPED || error == UC_ERR_FETCH_PROT ||
                         error == UC_ERR_READ_UNMAPPED || error == UC_ERR_INSN_INVALID;
    const auto physical = look_up(state.linear_eip());
    if (outside && (!physical || !memory_.contains(*physical, 1) || error == UC_ERR_INSN_INVALID)) {
        leave_block_at(state.linear_eip());
        raise(state, {.vector = kInvalidOpcode});
        if (stop_cause_ == StopCause::ShutDown) return StopReason::ShutDown;
        return std::nullopt;
    }
    shut_down(state, fmt::format("Unicorn stopped: {} ({})", uc_strerror(error), static_cast<int>(error)));
    return StopReason::Broken;
}

void UnicornCpu::set_eip(uint32_t eip) {
    eip_ = eip;
    uc_reg_write(engine_, UC_X86_REG_EIP, &eip);
}

void UnicornCpu::resume_quietly(uint32_t eip) {
    set_eip(eip);
    if (!quiet_) quiet_deadline_ = clock_.deadline;
    quiet_ = true;
    clock_.deadline = VirtualTime{0};
}

void UnicornCpu::end_quiet() {
    if (!quiet_) return;
    quiet_ = false;
    clock_.deadline = quiet_deadline_;
}

void UnicornCpu::drop_code() {
    uc_ctl_flush_tb(engine_);
    code_pages_.clear();
    blocks_.clear();
}

bool UnicornCpu::write_memory(PhysAddr address, std::span<const std::byte> in) {
    if (!memory_.write(address, in)) return false;
    if (in.empty()) return true;
    const PhysAddr last = (address + static_cast<uint32_t>(in.size() - 1)).page();
    for (PhysAddr page = address.page(); page <= last; page = page + kPageSize) {
        if (!code_pages_.contains(page)) continue;
        if (running_) {
            stop(StopCause::DropCode);
        } else {
            drop_code();
        }
        break;
    }
    return true;
}

CpuState UnicornCpu::save_state() {
    CpuState state = context_->save();
    note_code_segment(state);
    return state;
}

void UnicornCpu::note_code_segment(const CpuState& state) {
    wide_code_ = state.segments[kCs].big();
    code_selector_ = state.segments[kCs].selector.value;
}

void UnicornCpu::note_code_size() {
    if (read_register(UC_X86_REG_CS) != code_selector_) (void)save_state();
}

uint32_t UnicornCpu::read_register(int name) const {
    uint64_t value = 0;
    uc_reg_read(engine_, name, &value);
    return static_cast<uint32_t>(value);
}

uint8_t UnicornCpu::current_cpl() const {
    return cr0_ & kCr0Pe ? read_register(UC_X86_REG_CS) & 3 : 0;
}

CpuRegisters UnicornCpu::registers() const {
    return registers_of(context_->save());
}

}  // namespace mmscope
