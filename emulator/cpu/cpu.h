// SPDX-License-Identifier: GPL-2.0-or-later
// The i386 processor of the machine, on Unicorn. Exceptions, interrupts and page walks are ours.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/address.h"
#include "base/error.h"
#include "devices/device.h"
#include "devices/scheduler.h"
#include "machine/physical_memory.h"
#include "mmu/page_fault.h"
#include "mmu/page_walk.h"

namespace mmscope {

class StateVisitor;
class TlbShadow;
struct CpuSnapshot;

/// The processor is about to execute an instruction that watch_instructions() named.
struct InstructionReached {
    VirtualTime time;
    uint64_t instructions;  // executed before it
    LinearAddr eip;
    LinearAddr esp;
    uint32_t eax;
};

/// When something happened, and where: the block of code that was being executed.
struct CpuMoment {
    VirtualTime time;  // of the block's end
    uint64_t instructions;
    LinearAddr block;
};

enum class TlbDrop : uint8_t { Directory, All, Page };  // MOV CR3; CR0 or CR4 changed translation; INVLPG

/// The handler of an interrupt, an exception or an INT instruction is about to run.
struct Delivery {
    VirtualTime time;
    uint8_t vector;
    uint8_t old_cpl;  // whose code was left: 3 for a program's
    LinearAddr eip;   // the instruction that was left, or the INT itself
    uint32_t eax;
};

/// The guest is about to write to RAM.
struct MemoryWrite {
    PhysAddr physical;
    uint32_t size;  // bytes, at most 8
    uint64_t value;
};

/// What the processor's pins are wired to. Called between or inside blocks, never re-entered; must not throw.
class CpuPins {
  public:
    virtual ~CpuPins() = default;
    virtual uint32_t read_port(uint16_t port, Width width) = 0;
    virtual void write_port(uint16_t port, Width width, uint32_t value) = 0;
    /// Physical accesses outside RAM.
    virtual uint32_t read_memory(PhysAddr address, Width width) = 0;
    virtual void write_memory(PhysAddr address, Width width, uint32_t value) = 0;
    /// INTR: an unmasked request is pending. INTA: takes it and yields its vector.
    [[nodiscard]] virtual bool interrupt_requested() const = 0;
    virtual uint8_t acknowledge_interrupt() = 0;
    /// The clock reached its deadline: run what is due and set the next deadline.
    /// True: leave run() with StopReason::Requested at this block border.
    virtual bool clock_expired() = 0;
};

/// Who wants to know what the processor does. Every call is made with the machine in a state that may be
/// read (registers(), memory) but not changed. Methods that are not overridden cost nothing noticeable.
class CpuObserver {
  public:
    virtual ~CpuObserver() = default;
    /// A #PF was raised; the handler is about to run. `frame` is 0 if its delivery made another exception.
    virtual void page_fault(const PageFault& fault) { (void)fault; }
    virtual void delivered(const Delivery& what) { (void)what; }
    virtual void interrupt_return(const InterruptReturn& back) { (void)back; }
    /// Asked once, by set_observer(): each IRET costs something only if the answer is true.
    [[nodiscard]] virtual bool wants_interrupt_returns() const { return false; }
    /// MOV to CR3 is about to load `directory`.
    virtual void directory_load(PhysAddr directory) { (void)directory; }
    /// A translation is entered into the TLB that was not live; with the own MMU only.
    virtual void tlb_filled(const Walk& walk, const CpuMoment& now) { (void)walk, (void)now; }
    /// `page` is meaningful for TlbDrop::Page.
    virtual void tlb_dropped(TlbDrop how, LinearAddr page, const CpuMoment& now) {
        (void)how, (void)page, (void)now;
    }
    virtual void memory_written(const MemoryWrite& write, const CpuMoment& now) { (void)write, (void)now; }
    /// Asked once, by set_observer(). Writes are costly: every access of the guest takes the slow path then.
    [[nodiscard]] virtual bool wants_tlb_events() const { return false; }
    [[nodiscard]] virtual bool wants_memory_writes() const { return false; }
    virtual void instruction_reached(const InstructionReached& where) { (void)where; }
};

enum class MmuKind : uint8_t { Own, Unicorn };

struct CpuConfig {
    MmuKind mmu = MmuKind::Own;
    /// Bytes of host code. When it is full, all translations go; the guest does not notice.
    uint32_t translation_buffer = 16u << 20;
};

/// The registers a person or the decoder wants to see. `eip` is an offset in CS, as the manual has it.
struct CpuRegisters {
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, eip, eflags;
    uint16_t es, cs, ss, ds, fs, gs, ldtr, tr;
    uint32_t cr0, cr2, cr3, cr4;
    uint32_t gdt_base, gdt_limit, idt_base, idt_limit;
    uint8_t cpl;
};

enum class StopReason : uint8_t {
    Halted,     // HLT with interrupts enabled: nothing to execute until the next interrupt
    Requested,  // clock_expired() asked for it
    Debugger,   // a breakpoint, a watchpoint or the end of a step: see debug_stop()
    ShutDown,   // triple fault, or HLT with interrupts disabled and nothing that could wake it
    Broken,     // Unicorn reports what no guest should be able to cause; see shutdown_report()
};

/// Bytes that a debugger waits for somebody to use.
struct Watchpoint {
    enum class Use : uint8_t {
        Change,  // they have other values than before
        Read,
        Access,  // read or written, changed or not
    };
    LinearAddr at;
    uint32_t size = 0;
    Use use = Use::Change;

    static constexpr uint32_t kLargest = 4096;
};

/// Why run() ended with StopReason::Debugger.
struct DebugStop {
    enum class Kind : uint8_t { Breakpoint, Step, Watchpoint };
    Kind kind = Kind::Step;
    LinearAddr eip;    // the next instruction
    Watchpoint watch;  // Kind::Watchpoint: which
};

/// Virtual time is a function of what the guest executes: 1 ns for each byte of executed code, 20 ns for
/// each delivered interrupt or exception. A repeated string instruction counts as one instruction, with its
/// bytes, for each iteration. A block left half-way by a fault counts up to the fault. Devices see the time
/// at which the block of their access began.
class Cpu {
  public:
    /// Opens Unicorn, maps RAM, verifies the layout of its context (TRICKS) and resets.
    /// Error: Unicorn too old, or its private layout is not the one this file knows.
    static Result<std::unique_ptr<Cpu>> create(const CpuConfig& config, PhysicalMemory& memory,
                                               VirtualClock& clock, CpuPins& pins);
    virtual ~Cpu() = default;

    virtual void reset() = 0;
    /// The state a Multiboot 1 loader leaves: flat 32-bit protected mode, paging off, IF 0,
    /// EAX = 0x2BADB002, EBX = `info` (Multiboot 0.6.96, section 3.2).
    virtual void enter_multiboot(uint32_t entry, PhysAddr info) = 0;

    virtual StopReason run() = 0;
    /// In HLT: it waits for an interrupt.
    [[nodiscard]] virtual bool halted() const = 0;
    /// What stopped the machine for good, in words: vector by vector, with registers.
    [[nodiscard]] virtual std::string shutdown_report() const = 0;

    [[nodiscard]] virtual CpuRegisters registers() const = 0;
    /// Everything that a later run depends on, but for RAM and the TLB. Not during run(), except by a host
    /// that the machine calls between two blocks; after a debugger's stop also in the middle of one.
    [[nodiscard]] virtual CpuSnapshot snapshot() const = 0;
    /// Becomes what snapshot() saw; RAM is in place already, and the clock is not touched. The TLB is empty.
    /// Error: `cpu` is nonsense; then the processor is reset.
    virtual Result<void> restore(const CpuSnapshot& cpu) = 0;
    /// The live translations and their counts (TlbShadow::state).
    virtual void visit_tlb(StateVisitor& visitor) = 0;
    [[nodiscard]] virtual PagingMode paging() const = 0;
    [[nodiscard]] virtual uint64_t instructions() const = 0;
    [[nodiscard]] virtual const TlbShadow& tlb() const = 0;
    /// Attributes later TLB events to process `pid`: an observer knows it, typically at directory_load().
    virtual void set_process(uint32_t pid) = 0;
    /// Null for none. Not during run(), except by the observer that is set.
    virtual void set_observer(CpuObserver* observer) = 0;
    /// Instructions at these linear addresses are told to the observer, once for each time they are executed;
    /// all others cost nothing. Replaces what was given before. At most kMostWatched. Not during run().
    virtual void watch_instructions(std::span<const LinearAddr> addresses) = 0;
    static constexpr size_t kMostWatched = 512;
    /// Before an instruction at one of these linear addresses is executed, run() ends with
    /// StopReason::Debugger, once for each time it is executed: the next run() goes on with it. Time,
    /// instructions and interrupts are those of a run that never stopped. Replaces what was given before. Not
    /// during run().
    virtual void set_breakpoints(std::span<const LinearAddr> addresses) = 0;
    /// After an instruction that used one of these bytes so, run() ends with StopReason::Debugger. What
    /// devices and the processor's own pushes change is seen at the next instruction that writes to the page;
    /// reads are those of an instruction's operands, not its fetch nor what the processor looks up by itself.
    /// Each write to a watched page, and each read of one where reads are watched, costs an exit of the
    /// engine; all others nothing. Replaces what was given before. False: the MMU is Unicorn's, which asks us
    /// for nothing. Not during run().
    virtual bool set_watchpoints(std::span<const Watchpoint> watched) = 0;
    /// run() will end with StopReason::Debugger when one instruction has been executed, or begins to execute
    /// a handler in its place; after one round of a REP instruction. Not during run().
    virtual void step_once() = 0;
    /// No step is under way any more.
    virtual void cancel_step() = 0;
    [[nodiscard]] virtual DebugStop debug_stop() const = 0;
    /// Sets the general registers, EIP and EFLAGS (but VM); the others are not looked at. Not during run().
    virtual void set_registers(const CpuRegisters& registers) = 0;
    /// Marks in PhysicalMemory::dirty() from now on which pages are written (DirtyPages::start). Each page's
    /// first write costs a fill that nobody counts. False: the MMU is Unicorn's, which asks us for
    /// nothing. Not during run(), except by a host that the machine calls between two blocks.
    virtual bool watch_pages() = 0;
    /// A write by a device or a loader to RAM: also drops translated code that stood there.
    virtual bool write_memory(PhysAddr address, std::span<const std::byte> in) = 0;
};

}  // namespace mmscope
