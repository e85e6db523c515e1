// SPDX-License-Identifier: GPL-2.0-or-later
// Breakpoints and single steps. A run that was stopped and goes on is, to the guest, one that never stopped.
#include <algorithm>

#include "cpu/unicorn_cpu.h"

namespace mmscope {

uint64_t UnicornCpu::instructions_before(LinearAddr address) const {
    const uint32_t rest = std::min(block_pc_ + block_size_ - address.value, block_size_);
    return instructions_ - count_instructions(address, rest);
}

/// What has been executed so far tells one coming of an instruction from the next: one that is begun again,
/// because its page had to be looked up, does not stop twice.
bool UnicornCpu::stops_before(LinearAddr address) {
    const bool wanted = debug_.breakpoints.contains(address.value);
    if (!wanted && !stepping()) return false;
    if (address == debug_.from && instructions_before(address) == debug_.from_instructions) return false;
    bool stops = stepping() && stop_after_step(address);
    if (!stops && wanted) {
        stop_for_debugger(DebugStop::Kind::Breakpoint, address);
        stops = true;
    }
    debug_.stop_in_block = stops;
    return stops;
}

bool UnicornCpu::step_is_done(uint32_t pc) const {
    return pc != debug_.from.value || instructions_ != debug_.from_instructions;
}

bool UnicornCpu::stop_after_step(LinearAddr at) {
    if (debug_.watch_pass) {
        const auto used = debug_.used;
        end_watch_pass();
        const auto changed = find_changed_watchpoint();
        if (changed || used) {
            stop_for_debugger(DebugStop::Kind::Watchpoint, at);
            debug_.stop.watch = changed ? *changed : *used;
            return true;
        }
    }
    if (!debug_.stepping) return false;
    const bool breakpoint = debug_.breakpoints.contains(at.value);
    stop_for_debugger(breakpoint ? DebugStop::Kind::Breakpoint : DebugStop::Kind::Step, at);
    return true;
}

void UnicornCpu::stop_for_debugger(DebugStop::Kind kind, LinearAddr at) {
    debug_.stop = {.kind = kind, .eip = at, .watch = {}};
    debug_.stop_in_block = false;
    stop(StopCause::Debugger);
}

bool UnicornCpu::prepare_step(uint32_t pc, uint32_t size) {
    if (!stepping() || debug_.armed) return false;
    debug_.armed = true;
    std::array<uint8_t, kLongestInstruction> code{};
    const uint32_t known = read_code(LinearAddr(pc), code);
    const uint32_t length = decode_length(std::span(code).first(known), code_size()).length;
    if (length == 0 || length >= size) return false;  // the next block is the end of the step
    install_probe(LinearAddr(pc + length));
    return true;  // even if there was one: this translation of the block may be older
}

void UnicornCpu::join_left_block(uint32_t pc) {
    debug_.left = false;
    if (pc != debug_.left_at) return;
    block_pc_ = debug_.left_block;
    block_size_ += pc - debug_.left_block;
}

/// Left in its middle, a block goes on without a border: no interrupt is taken there, because none would have
/// been. Left at its beginning by the end of a step, its border is still to come.
StopReason UnicornCpu::leave_for_debugger() {
    const LinearAddr at = debug_.stop.eip;
    if (debug_.stop_in_block) {
        leave_block_at(at);
        debug_.left_block = block_pc_;
        debug_.left_at = at.value;
        debug_.left = true;
    } else {
        end_quiet();
        debug_.left = false;
    }
    set_eip(at.value - code_base());
    debug_.from = at;
    debug_.from_instructions = instructions_;
    cancel_step();
    return StopReason::Debugger;
}

void UnicornCpu::set_breakpoints(std::span<const LinearAddr> addresses) {
    debug_.breakpoints.clear();
    bool added = false;
    for (const LinearAddr address : addresses) {
        debug_.breakpoints.insert(address.value);
        if (install_probe(address)) added = true;
    }
    // Translations of any block that holds the address are older than its probe.
    if (added) drop_code();
}

bool UnicornCpu::is_watched(LinearAddr page, Access access) const {
    const Watchpoint::Use other = access == Access::Write ? Watchpoint::Use::Read : Watchpoint::Use::Change;
    return std::ranges::any_of(debug_.watched, [page, other](const Debugging::Watched& watched) {
        const Watchpoint& where = watched.where;
        return where.use != other &&
               (page == where.at.page() || page == (where.at + (where.size - 1)).page());
    });
}

bool UnicornCpu::guards(LinearAddr page, Access access) const {
    return access != Access::Fetch && !debug_.watched.empty() && !debug_.watch_pass &&
           is_watched(page, access);
}

uc_prot UnicornCpu::engine_rights(LinearAddr page, bool write) const {
    int rights = UC_PROT_EXEC;
    if (!guards(page, Access::Read)) rights |= UC_PROT_READ;
    if (write && !guards(page, Access::Write)) rights |= UC_PROT_WRITE;
    return static_cast<uc_prot>(rights);
}

void UnicornCpu::read_watched(LinearAddr at, std::span<uint8_t> out) const {
    std::ranges::fill(out, uint8_t{0});
    (void)read_code(at, out);
}

bool UnicornCpu::set_watchpoints(std::span<const Watchpoint> watched) {
    if (watched.empty() && debug_.watched.empty()) return true;
    if (config_.mmu != MmuKind::Own) return false;
    debug_.watched.clear();
    for (const Watchpoint& where : watched) {
        CHECK(where.size > 0 && where.size <= Watchpoint::kLargest);
        std::vector<uint8_t> bytes(where.size);
        read_watched(where.at, bytes);
        debug_.watched.push_back({where, std::move(bytes)});
    }
    flush_engine_tlb();  // a page that it may use already would never be asked for
    return true;
}

std::optional<Watchpoint> UnicornCpu::find_changed_watchpoint() {
    std::optional<Watchpoint> changed;
    for (Debugging::Watched& watched : debug_.watched) {
        if (watched.where.use != Watchpoint::Use::Change) continue;
        std::vector<uint8_t> now(watched.bytes.size());
        read_watched(watched.where.at, now);
        if (now == watched.bytes) continue;
        watched.bytes = std::move(now);
        if (!changed) changed = watched.where;
    }
    return changed;
}

std::optional<Watchpoint> UnicornCpu::find_used_watchpoint(const CpuState& state) {
    const bool wanted = std::ranges::any_of(debug_.watched, [](const Debugging::Watched& watched) {
        return watched.where.use != Watchpoint::Use::Change;
    });
    if (!wanted) return std::nullopt;
    std::array<uint8_t, kLongestInstruction> code{};
    const uint32_t size = read_code(state.linear_eip(), code);
    const PhysAddr where = look_up(state.linear_eip()).value_or(PhysAddr(0));
    const InstructionForm& form =
        decoder_.decode(where, std::span(code).first(size), state.segments[kCs].big());
    for (const OperandForm& operand : std::span(form.operands).first(form.count)) {
        const LinearRange range = locate(operand, state);
        for (const auto& [watch, bytes] : debug_.watched) {
            const bool fits =
                watch.use == Watchpoint::Use::Access || (watch.use == Watchpoint::Use::Read && operand.reads);
            if (fits && (range.first - watch.at < watch.size || watch.at - range.first < range.size))
                return watch;
        }
    }
    return std::nullopt;
}

void UnicornCpu::begin_watch_pass(const CpuState& state) {
    debug_.used = find_used_watchpoint(state);
    debug_.watch_pass = true;
    debug_.armed = false;
    debug_.from = state.linear_eip();
    debug_.from_instructions = instructions_;
    debug_.left = true;
    debug_.left_block = block_pc_;
    debug_.left_at = debug_.from.value;
    resume_quietly(state.eip);
}

void UnicornCpu::end_watch_pass() {
    debug_.watch_pass = false;
    debug_.used.reset();
    flush_engine_tlb();
}

void UnicornCpu::step_once() {
    const CpuState state = save_state();
    debug_.from = state.linear_eip();
    debug_.from_instructions = instructions_;
    debug_.stepping = true;
    debug_.armed = false;
    blocks_.clear();  // each block is looked at before it is entered
}

void UnicornCpu::cancel_step() {
    debug_.stepping = false;
}

void UnicornCpu::set_registers(const CpuRegisters& r) {
    CpuState state = save_state();
    if (state.eip != r.eip) {
        debug_.left = false;
        debug_.from_instructions = UINT64_MAX;
        halted_ = false;
    }
    state.regs = {r.eax, r.ecx, r.edx, r.ebx, r.esp, r.ebp, r.esi, r.edi};
    state.eip = eip_ = r.eip;
    state.eflags = (r.eflags & ~kFlagVm) | (state.eflags & kFlagVm) | kFlagReserved1;
    context_->restore(state);
}

}  // namespace mmscope
