// SPDX-License-Identifier: GPL-2.0-or-later
// What Unicorn calls while guest code runs, and the accounting of blocks.
#include <algorithm>

#include "cpu/cpuid.h"
#include "cpu/unicorn_cpu.h"

namespace mmscope {
namespace {

UnicornCpu& self(void* user);

Width to_width(unsigned size) {
    return size == 1 ? Width::Byte : size == 2 ? Width::Word : Width::Dword;
}

/// Devices see the time at which the block began: it never goes back, even when the block is left half-way.
class AtBlockStart {
  public:
    AtBlockStart(VirtualClock& clock, uint32_t block_size) : clock_(clock), size_(block_size) {
        clock_.now.ns -= size_;
    }
    ~AtBlockStart() { clock_.now.ns += size_; }
    AtBlockStart(const AtBlockStart&) = delete;
    AtBlockStart& operator=(const AtBlockStart&) = delete;

  private:
    VirtualClock& clock_;
    uint32_t size_;
};

UnicornCpu& self(void* user) {
    return *static_cast<UnicornCpu*>(user);
}

}  // namespace

/// The hottest function of the program: it must stay free of calls, which would cost it saved registers.
void UnicornCpu::on_block(uc_engine*, uint64_t address, uint32_t size, void* user) {
    UnicornCpu& cpu = self(user);
    const auto pc = static_cast<uint32_t>(address);
    VirtualClock& clock = cpu.clock_;
    if (!cpu.blocks_.latest().holds(pc, size)) {
        const BlockTable::Slot& slot = cpu.blocks_.slot_of(pc);
        if (!slot.holds(pc, size)) [[unlikely]]
            return cpu.enter_block_slowly(pc, size);
        cpu.blocks_.note_latest(slot);
        cpu.block_pc_ = pc;
    }
    if (clock.now >= clock.deadline) [[unlikely]]
        return cpu.enter_block_slowly(pc, size);
    cpu.block_size_ = size;
    cpu.instructions_ += cpu.blocks_.latest().instructions;
    clock.now.ns += size;
}

void UnicornCpu::enter_block_slowly(uint32_t pc, uint32_t size) {
    block_pc_ = pc;
    block_size_ = 0;
    if (stepping() && step_is_done(pc) && stop_after_step(LinearAddr(pc))) return;
    if (clock_.now >= clock_.deadline) block_border();
    if (stop_cause_ != StopCause::None) return;
    const uint32_t known = stepping() ? 0 : blocks_.find(pc, size);
    if (known == 0) count_new_block(pc, size);
    if (stop_cause_ != StopCause::None) return;
    instructions_ += known;
    block_size_ = size;
    clock_.now.ns += size;
    if (debug_.left) join_left_block(pc);
}

void UnicornCpu::stop(StopCause cause) {
    if (stop_cause_ == StopCause::None) stop_cause_ = cause;
    uc_emu_stop(engine_);
}

bool UnicornCpu::may_interrupt() const {
    return pins_.interrupt_requested() && (read_register(UC_X86_REG_EFLAGS) & kFlagIf);
}

void UnicornCpu::block_border() {
    if (one_shot_ != 0) --one_shot_;
    if (quiet_) {
        quiet_ = false;
        const bool look_again = one_shot_ != 0 || debug_.watch_pass;
        clock_.deadline = look_again ? VirtualTime{0} : quiet_deadline_;
        return;
    }
    const bool wanted = pins_.clock_expired();
    if (pins_.interrupt_requested()) {
        clock_.deadline = VirtualTime{0};  // look again at each block until it was taken
        if (may_interrupt()) return stop(StopCause::Border);
    }
    if (wanted) {
        requested_ = true;
        stop(StopCause::Border);
    }
}

void UnicornCpu::leave_block_at(LinearAddr eip) {
    const uint32_t executed = eip.value - block_pc_;
    if (executed >= block_size_) return;
    const uint32_t rest = block_size_ - executed;
    clock_.now.ns -= rest;
    instructions_ -= std::min<uint64_t>(instructions_, count_instructions(eip, rest));
    block_size_ = executed;
}

void UnicornCpu::count_new_block(uint32_t address, uint32_t size) {
    bool probes_added = false;
    note_code_size();
    const uint32_t count =
        scan_code(LinearAddr(address), size, [&](LinearAddr at, const Instruction& instruction) {
            if (needs_probe(classify(instruction), at) && install_probe(at)) probes_added = true;
        });
    for (uint32_t offset = 0; offset < size + kPageSize; offset += kPageSize) {
        const LinearAddr at(address + std::min(offset, size - 1));
        if (const auto physical = look_up(at)) code_pages_.add(*physical);
    }
    if (prepare_step(address, size)) probes_added = true;
    if (probes_added) {
        rescan_size_ = size;
        return stop(StopCause::Rescan);
    }
    const uint32_t known = std::clamp(count, 1u, BlockTable::kMaxInstructions);
    if (!stepping()) blocks_.remember(address, size, known);
    instructions_ += known;
}

uint32_t UnicornCpu::count_instructions(LinearAddr from, uint32_t size) const {
    return scan_code(from, size, [](LinearAddr, const Instruction&) {});
}

std::optional<PhysAddr> UnicornCpu::look_up(LinearAddr address) const {
    if (const auto live = tlb_.find(address)) return live->frame + address.page_offset();
    const Walk walk = walk_page(memory_, mode_, address);
    if (!walk.present) return std::nullopt;
    return walk.physical;
}

uint32_t UnicornCpu::read_code(LinearAddr from, std::span<uint8_t> out) const {
    uint32_t done = 0;
    while (done < out.size()) {
        const LinearAddr at = from + done;
        const auto physical = look_up(at);
        const uint32_t chunk =
            std::min(static_cast<uint32_t>(out.size()) - done, kPageSize - at.page_offset());
        if (!physical || !memory_.read(*physical, std::as_writable_bytes(out.subspan(done, chunk)))) break;
        done += chunk;
    }
    return done;
}

bool UnicornCpu::on_fill(uc_engine*, uint64_t address, uc_mem_type type, uc_tlb_entry* result, void* user) {
    const Access access = type == UC_MEM_WRITE   ? Access::Write
                          : type == UC_MEM_FETCH ? Access::Fetch
                                                 : Access::Read;
    return self(user).fill(LinearAddr(static_cast<uint32_t>(address)), access, *result);
}

void UnicornCpu::on_interrupt(uc_engine*, uint32_t vector, void* user) {
    self(user).handle_engine_interrupt(vector);
}

bool UnicornCpu::on_invalid(uc_engine*, void*) {
    return true;  // not handled here: it makes Unicorn report #UD to on_interrupt
}

void UnicornCpu::on_probe(uc_engine*, uint64_t address, uint32_t, void* user) {
    self(user).probe(LinearAddr(static_cast<uint32_t>(address)));
}

uint32_t UnicornCpu::on_in(uc_engine*, uint32_t port, int size, void* user) {
    UnicornCpu& cpu = self(user);
    const AtBlockStart then(cpu.clock_, cpu.block_size_);
    return cpu.pins_.read_port(static_cast<uint16_t>(port), to_width(static_cast<unsigned>(size)));
}

void UnicornCpu::on_out(uc_engine*, uint32_t port, int size, uint32_t value, void* user) {
    UnicornCpu& cpu = self(user);
    const AtBlockStart then(cpu.clock_, cpu.block_size_);
    const Width width = to_width(static_cast<unsigned>(size));
    cpu.pins_.write_port(static_cast<uint16_t>(port), width, value & all_ones(width));
}

int UnicornCpu::on_cpuid(uc_engine* engine, void* user) {
    const CpuidLeaf leaf = cpuid(self(user).read_register(UC_X86_REG_EAX));
    uc_reg_write(engine, UC_X86_REG_EAX, &leaf.eax);
    uc_reg_write(engine, UC_X86_REG_EBX, &leaf.ebx);
    uc_reg_write(engine, UC_X86_REG_ECX, &leaf.ecx);
    uc_reg_write(engine, UC_X86_REG_EDX, &leaf.edx);
    return 1;
}

uint64_t UnicornCpu::on_mmio_read(uc_engine*, uint64_t offset, unsigned size, void* user) {
    const BusWindow& window = *static_cast<BusWindow*>(user);
    UnicornCpu& cpu = *window.cpu;
    const AtBlockStart then(cpu.clock_, cpu.block_size_);
    const PhysAddr at = window.first + static_cast<uint32_t>(offset);
    if (size != 8) return cpu.pins_.read_memory(at, to_width(size));
    const uint64_t low = cpu.pins_.read_memory(at, Width::Dword);
    return low | uint64_t{cpu.pins_.read_memory(at + 4, Width::Dword)} << 32;
}

void UnicornCpu::on_mmio_write(uc_engine*, uint64_t offset, unsigned size, uint64_t value, void* user) {
    const BusWindow& window = *static_cast<BusWindow*>(user);
    UnicornCpu& cpu = *window.cpu;
    const AtBlockStart then(cpu.clock_, cpu.block_size_);
    const PhysAddr at = window.first + static_cast<uint32_t>(offset);
    const Width width = to_width(size);
    cpu.pins_.write_memory(at, width, static_cast<uint32_t>(value) & all_ones(width));
    if (size == 8) cpu.pins_.write_memory(at + 4, Width::Dword, static_cast<uint32_t>(value >> 32));
}

}  // namespace mmscope
