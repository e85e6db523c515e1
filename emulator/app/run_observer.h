// SPDX-License-Identifier: GPL-2.0-or-later
// What a run watches of the processor: faults for the tracer, and whose TLB events those after a MOV CR3 are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/run_report.h"
#include "cpu/cpu.h"
#include "introspect/inspector.h"
#include "introspect/layout.h"
#include "trace/event_tracer.h"
#include "trace/fault_tracer.h"

namespace mmscope {

class AuditWatch;
class StateVisitor;
class TlbWatch;

class RunObserver final : public CpuObserver {
  public:
    /// Who is told; null for nobody.
    struct Listeners {
        FaultTracer* faults = nullptr;
        EventTracer* events = nullptr;
        AuditWatch* audit = nullptr;
        TlbWatch* tlb = nullptr;
    };
    /// All must outlive it. No inspector: nothing is attributed.
    RunObserver(Cpu& cpu, const Inspector* inspector, Listeners listeners);

    void page_fault(const PageFault& fault) override;
    void delivered(const Delivery& what) override;
    void interrupt_return(const InterruptReturn& back) override;
    [[nodiscard]] bool wants_interrupt_returns() const override;
    /// Finds the process whose mm has this directory; process 0 for the kernel's own. A kernel thread that
    /// borrows a space loads no directory, so its events count for the owner of the space.
    void directory_load(PhysAddr directory) override;
    void instruction_reached(const InstructionReached& where) override;
    void tlb_filled(const Walk& walk, const CpuMoment& now) override;
    void tlb_dropped(TlbDrop how, LinearAddr page, const CpuMoment& now) override;
    void memory_written(const MemoryWrite& write, const CpuMoment& now) override;
    [[nodiscard]] bool wants_tlb_events() const override;
    [[nodiscard]] bool wants_memory_writes() const override;

    /// What later attributions depend on: who owned which directory when it was last loaded, and names.
    void state(StateVisitor& visitor);

    [[nodiscard]] uint64_t faults() const { return faults_; }
    /// Counts from here on: the machine has gone back.
    void set_faults(uint64_t faults) { faults_ = faults; }
    /// Most fills first, equal ones by process id.
    [[nodiscard]] std::vector<ProcessTlb> tlb_by_process() const;

  private:
    struct Owner {
        LinearAddr task;
        uint32_t tgid = 0;
    };

    /// The owner if this task's mm has `directory` now.
    [[nodiscard]] bool owns(const KernelMemory& kernel, const Record& task, PhysAddr directory) const;
    [[nodiscard]] std::optional<Owner> find_owner(const KernelMemory& kernel, PhysAddr directory);
    void remember_name(const KernelMemory& kernel, const Record& task, uint32_t tgid);

    Cpu& cpu_;
    const Inspector* inspector_;
    Listeners listeners_;
    uint64_t faults_ = 0;
    Record record_;                          // reused, so that a context switch allocates nothing
    std::map<uint32_t, Owner> by_space_;     // last known owner of a directory: checked before it is believed
    std::map<uint32_t, std::string> names_;  // comm by tgid, as last seen
};

}  // namespace mmscope
