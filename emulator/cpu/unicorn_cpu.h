// SPDX-License-Identifier: GPL-2.0-or-later
// The processor on Unicorn: hooks, run loop, delivery. Nothing outside this folder includes Unicorn.
#pragma once

#include <unicorn/unicorn.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "cpu/block_table.h"
#include "cpu/context_layout.h"
#include "cpu/cpu.h"
#include "cpu/effective_address.h"
#include "cpu/exceptions.h"
#include "cpu/instruction_length.h"
#include "cpu/supervisor_memory.h"
#include "mmu/tlb_shadow.h"

namespace mmscope {

/// Why a hook asked Unicorn to leave. Each is answered in the run loop, between two blocks.
enum class StopCause : uint8_t {
    None,         // nobody asked: HLT
    Border,       // the clock asks: an interrupt can be taken, or the machine wants control
    Rescan,       // probes were put into the block: translate it anew
    Emulate,      // the instruction at the probe is executed or refused by us
    DropCode,     // a host write hit translated code
    Debugger,     // a breakpoint or the end of a step: debug_.stop
    LookAtClock,  // an exception was delivered when the deadline had passed
    ShutDown,     // nothing can be delivered any more
    Broken,       // Unicorn reported what cannot be
};

class UnicornCpu final : public Cpu {
  public:
    UnicornCpu(const CpuConfig& config, PhysicalMemory& memory, VirtualClock& clock, CpuPins& pins,
               uc_engine* engine, size_t context_start);
    ~UnicornCpu() override;

    /// Maps memory and installs the hooks. Error: Unicorn refuses.
    Result<void> prepare();

    void reset() override;
    void enter_multiboot(uint32_t entry, PhysAddr info) override;
    StopReason run() override;
    [[nodiscard]] bool halted() const override { return halted_; }
    [[nodiscard]] std::string shutdown_report() const override { return report_; }
    [[nodiscard]] CpuRegisters registers() const override;
    [[nodiscard]] CpuSnapshot snapshot() const override;
    Result<void> restore(const CpuSnapshot& cpu) override;
    void visit_tlb(StateVisitor& visitor) override { tlb_.state(visitor); }
    [[nodiscard]] PagingMode paging() const override { return mode_; }
    [[nodiscard]] uint64_t instructions() const override { return instructions_; }
    [[nodiscard]] const TlbShadow& tlb() const override { return tlb_; }
    void set_process(uint32_t pid) override { tlb_.set_process(pid); }
    void set_observer(CpuObserver* observer) override;
    void watch_instructions(std::span<const LinearAddr> addresses) override;
    void set_breakpoints(std::span<const LinearAddr> addresses) override;
    bool set_watchpoints(std::span<const Watchpoint> watched) override;
    void step_once() override;
    void cancel_step() override;
    [[nodiscard]] DebugStop debug_stop() const override { return debug_.stop; }
    void set_registers(const CpuRegisters& registers) override;
    bool watch_pages() override;
    bool write_memory(PhysAddr address, std::span<const std::byte> in) override;

  private:
    /// A stretch of physical addresses that the bus answers.
    struct BusWindow {
        UnicornCpu* cpu = nullptr;
        PhysAddr first;
    };
    static constexpr uint32_t kFlagsAtReset = kFlagReserved1;
    static constexpr uint32_t kMostScanned = 8192;  // longer than any block of Unicorn's

    // Hooks (unicorn_hooks.cpp). They run on frames that Unicorn may leave by longjmp: no exception may
    // cross them, and nothing with a destructor may be alive across a call into the engine that can fault.
    static void on_block(uc_engine*, uint64_t address, uint32_t size, void* user);
    static void on_interrupt(uc_engine*, uint32_t vector, void* user);
    static bool on_fill(uc_engine*, uint64_t address, uc_mem_type type, uc_tlb_entry* result, void* user);
    static bool on_invalid(uc_engine*, void* user);
    static void on_probe(uc_engine*, uint64_t address, uint32_t size, void* user);
    static uint32_t on_in(uc_engine*, uint32_t port, int size, void* user);
    static void on_out(uc_engine*, uint32_t port, int size, uint32_t value, void* user);
    static void on_write(uc_engine*, uc_mem_type type, uint64_t address, int size, int64_t value, void* user);
    static int on_cpuid(uc_engine*, void* user);
    static uint64_t on_mmio_read(uc_engine*, uint64_t offset, unsigned size, void* user);
    static void on_mmio_write(uc_engine*, uint64_t offset, unsigned size, uint64_t value, void* user);

    Result<void> map_memory();
    Result<void> map_bus(BusWindow& window, PhysAddr first, uint64_t size);
    Result<void> add_hooks();

    // The slow half of on_block.
    [[gnu::noinline]] void enter_block_slowly(uint32_t pc, uint32_t size);
    void block_border();
    void count_new_block(uint32_t address, uint32_t size);
    [[nodiscard]] bool may_interrupt() const;
    void stop(StopCause cause);
    /// Takes back time and instructions of the current block from `eip` on: they were not executed.
    void leave_block_at(LinearAddr eip);
    uint32_t count_instructions(LinearAddr from, uint32_t size) const;
    /// Cuts `size` bytes of code into instructions, tells `visit` each, returns how many there are.
    template <class Visit>
    uint32_t scan_code(LinearAddr from, uint32_t size, Visit visit) const {
        std::array<uint8_t, kMostScanned> code;
        const uint32_t known = read_code(from, std::span(code).first(std::min(size, kMostScanned)));
        const CodeSize bits = code_size();
        uint32_t count = 0;
        for (uint32_t at = 0; at < known; ++count) {
            const Instruction instruction = decode_length(std::span(code).first(known).subspan(at), bits);
            visit(from + at, instruction);
            at += instruction.length != 0 ? instruction.length : known;
        }
        return count;
    }

    // Translation (unicorn_mmu.cpp).
    bool fill(LinearAddr address, Access access, uc_tlb_entry& result);
    [[nodiscard]] Privilege current_privilege() const;
    [[nodiscard]] bool has_supervisor_pass(LinearAddr address);
    bool refuse(const PageAccess& result, LinearAddr page, Access access);
    void answer(const Translation& translation, Access access, Privilege privilege,
                uc_tlb_entry& result) const;
    /// While pages are watched, may the engine write to this one without asking again? Notes a write.
    [[nodiscard]] bool stays_writable(PhysAddr frame, Access access) const;
    [[nodiscard]] static bool in_descriptor_tables(const CpuState& state, LinearAddr address);
    void load_directory(uint32_t cr3);
    void load_paging_bits(uint32_t cr0, uint32_t cr4);
    void flush_engine_tlb();
    void read_paging_mode();
    /// A refused fill ended the engine: raise #PF, or go on with a one-shot permission.
    bool handle_refusal();
    [[nodiscard]] bool is_implicit_access(const CpuState& state, const InstructionForm& form) const;
    [[nodiscard]] LinearAddr faulting_address(const CpuState& state, const InstructionForm& form) const;

    // Events (unicorn_events.cpp).
    void handle_engine_interrupt(uint32_t vector);
    [[nodiscard]] uint32_t forgotten_user_bit(const CpuState& state) const;
    bool take_interrupt();
    /// Delivers to the guest; false: shutdown.
    bool raise(CpuState& state, Interruption what);
    void tell_delivered(const CpuState& before, const DeliveryOutcome& outcome);
    [[nodiscard]] PageFault describe_page_fault(const CpuState& before, const Interruption& what);
    void shut_down(const CpuState& state, const std::string& reason);
    void check_touched_code(LinearAddr frame);

    // Probes (unicorn_probes.cpp).
    [[nodiscard]] bool needs_probe(Sensitive what, LinearAddr address) const;
    /// False if there is one already.
    bool install_probe(LinearAddr address);
    void drop_probes();
    void probe(LinearAddr address);
    void probe_control_write(const Instruction& instruction, LinearAddr address);
    void probe_invalidate(LinearAddr address);
    void probe_interrupt_return(LinearAddr address);
    void probe_port_access(const Instruction& instruction, LinearAddr address);
    [[nodiscard]] bool port_allowed(const CpuState& state, uint16_t port, uint32_t size);
    void probe_time(const Instruction& instruction, LinearAddr address);
    void tell_reached(LinearAddr address);

    // What observers want to know besides (unicorn_observer.cpp).
    [[nodiscard]] CpuMoment current_moment() const {
        return {clock_.now, instructions_, LinearAddr(block_pc_)};
    }
    void watch_writes(bool wanted);
    void tell_dropped(TlbDrop how, LinearAddr page = LinearAddr(0));
    void request_emulation(LinearAddr address, const Instruction& instruction,
                           std::optional<Interruption> fault);
    void emulate();
    [[nodiscard]] bool emulate_model_register(CpuState& state, bool write) const;

    // A debugger's stops (unicorn_debug.cpp).
    /// Asked before the instruction at `address`, in the middle of a block or at its beginning: true if run()
    /// ends here.
    bool stops_before(LinearAddr address);
    /// Asked before a block: has the instruction to be stepped been left behind?
    [[nodiscard]] bool step_is_done(uint32_t pc) const;
    /// At the end of a step; false: nobody wants to know of it.
    bool stop_after_step(LinearAddr at);
    [[nodiscard]] bool stepping() const { return debug_.stepping || debug_.watch_pass; }
    /// Such an access to this page is refused, so that it can be looked at.
    [[nodiscard]] bool guards(LinearAddr page, Access access) const;
    [[nodiscard]] bool is_watched(LinearAddr page, Access access) const;
    /// What an entry of the engine's TLB may allow.
    [[nodiscard]] uc_prot engine_rights(LinearAddr page, bool write) const;
    /// An access to a watched page was refused: one instruction may make it, and then its bytes are compared.
    void begin_watch_pass(const CpuState& state);
    void end_watch_pass();
    /// The first one that has other values than when it was last looked at.
    [[nodiscard]] std::optional<Watchpoint> find_changed_watchpoint();
    /// The first one that an operand of the next instruction reads, or only touches if that is enough.
    [[nodiscard]] std::optional<Watchpoint> find_used_watchpoint(const CpuState& state);
    void read_watched(LinearAddr at, std::span<uint8_t> out) const;
    void stop_for_debugger(DebugStop::Kind kind, LinearAddr at);
    /// Puts a probe behind the block's first instruction if that is to be stepped; false: nothing to do.
    bool prepare_step(uint32_t pc, uint32_t size);
    /// The block that was left for a debugger goes on at `pc`: it is one block to time and devices.
    void join_left_block(uint32_t pc);
    StopReason leave_for_debugger();
    [[nodiscard]] uint64_t instructions_before(LinearAddr address) const;

    // The run loop.
    /// What must be seen to before the engine starts again; a value: run() is over.
    std::optional<StopReason> before_run();
    std::optional<StopReason> after_run(uc_err error);
    StopReason after_halt();
    std::optional<StopReason> after_error(uc_err error);
    void set_eip(uint32_t eip);
    /// Continue at `eip` as if the engine had never been left.
    void resume_quietly(uint32_t eip);
    void end_quiet();
    void drop_code();

    // Reading guest code without effect on the guest.
    [[nodiscard]] std::optional<PhysAddr> look_up(LinearAddr address) const;
    [[nodiscard]] uint32_t read_code(LinearAddr from, std::span<uint8_t> out) const;
    [[nodiscard]] CodeSize code_size() const { return wide_code_ ? CodeSize::Bits32 : CodeSize::Bits16; }
    /// Looks whether CS has changed since its size was last known.
    void note_code_size();
    void note_code_segment(const CpuState& state);
    /// Saves the context and notes the size of its code segment.
    CpuState save_state();
    [[nodiscard]] bool is_fetch(const CpuState& before, LinearAddr cr2);
    [[nodiscard]] uint32_t read_register(int name) const;
    void write_hardware(const CpuSnapshot& cpu);
    [[nodiscard]] uint8_t current_cpl() const;
    [[nodiscard]] uint32_t code_base() { return save_state().segments[kCs].base; }

    // What on_block touches, first.
    VirtualClock& clock_;
    BlockTable blocks_;
    uint64_t instructions_ = 0;
    uint32_t block_pc_ = 0;
    uint32_t block_size_ = 0;

    const CpuConfig config_;
    PhysicalMemory& memory_;
    CpuPins& pins_;
    uc_engine* engine_;
    LogChannel log_;
    std::unique_ptr<CpuContext> context_;  // a scratch buffer, also for those who only look
    PagingMode mode_;
    uint32_t cr0_ = 0;
    PagedSupervisorMemory supervisor_;
    TlbShadow tlb_;
    CodePages code_pages_;
    InstructionDecoder decoder_;
    CpuObserver* observer_ = nullptr;
    bool wants_returns_ = false;
    bool wants_tlb_events_ = false;
    uc_hook write_hook_{};
    bool has_write_hook_ = false;

    StopCause stop_cause_ = StopCause::None;
    bool requested_ = false;  // the machine wants control
    uint32_t rescan_size_ = 0;
    bool running_ = false;
    bool wide_code_ = true;  // CS.D when the state was last looked at
    uint32_t code_selector_ = 0;
    bool halted_ = false;
    uint32_t eip_ = 0;  // where the next start begins
    std::string report_;
    uint64_t fault_sequence_ = 0;

    /// The next block continues one that was left for our own reasons: it is no border for interrupts.
    bool quiet_ = false;
    VirtualTime quiet_deadline_;
    /// Set for one instruction: supervisor pages of the descriptor tables may be read at CPL 3.
    uint8_t one_shot_ = 0;
    LinearAddr one_shot_page_;

    struct Refusal {
        bool active = false;
        bool watched = false;     // an access to a page that a debugger watches
        bool not_memory = false;  // a fetch from where no RAM is
        LinearAddr page;
        Access access = Access::Read;
        uint32_t error_code = 0;
    };
    Refusal refusal_;

    struct Emulation {
        LinearAddr at;
        Instruction instruction;
        std::optional<Interruption> fault;
    };
    Emulation emulation_;
    struct Debugging {
        std::unordered_set<uint32_t> breakpoints;
        struct Watched {
            Watchpoint where;
            std::vector<uint8_t> bytes;  // as last seen; of what is not mapped, zero
        };
        std::vector<Watched> watched;
        bool watch_pass = false;         // the instruction at `from` may use watched pages
        std::optional<Watchpoint> used;  // by that instruction
        bool stepping = false;
        bool armed = false;  // the block of the step has its probe
        DebugStop stop;
        bool stop_in_block = false;
        /// The instruction that is not stopped at: where the run stood when it went on.
        LinearAddr from;
        uint64_t from_instructions = UINT64_MAX;
        /// A block that was left in its middle, and where it goes on.
        bool left = false;
        uint32_t left_block = 0, left_at = 0;
    };
    Debugging debug_;
    std::unordered_map<uint32_t, uc_hook> probes_;
    std::unordered_set<uint32_t> watched_;
    std::array<BusWindow, 2> windows_;
};

}  // namespace mmscope
