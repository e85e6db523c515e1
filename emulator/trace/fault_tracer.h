// SPDX-License-Identifier: GPL-2.0-or-later
// Watches the processor, matches each page fault with its outcome, and hands on one record for each.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cpu/cpu.h"
#include "introspect/inspector.h"
#include "trace/fault_classifier.h"
#include "trace/fault_record.h"
#include "trace/fault_summary.h"
#include "trace/instruction_text.h"
#include "trace/trace_output.h"

namespace mmscope {

class StateVisitor;

/// Give it to Cpu::set_observer(). `inspector` and `output` must outlive it; no output: it only counts.
/// Kinds and outcomes are worked out from guest memory at both ends of a fault.
class FaultTracer final : public CpuObserver {
  public:
    FaultTracer(const Inspector& inspector, TraceOutput* output);

    void page_fault(const PageFault& fault) override;
    void interrupt_return(const InterruptReturn& back) override;
    [[nodiscard]] bool wants_interrupt_returns() const override { return true; }

    /// What a later trace of the same machine depends on: the faults that are not over.
    void state(StateVisitor& visitor);

    /// Call once, when the machine stands still for good (also after SIGINT): settles what is pending.
    void finish();

    [[nodiscard]] const FaultSummary& summary() const { return summary_; }
    /// An earlier one, of a machine that goes back.
    void set_summary(FaultSummary summary) { summary_ = std::move(summary); }

  private:
    struct Pending {
        FaultRecord record;
        LinearAddr return_frame;  // where the IRET of its handler will find EIP
        PagingMode mode;          // at the fault
    };

    void identify(const KernelMemory& now, FaultRecord& record);
    void describe_instruction(FaultRecord& record);
    /// A fetch that faulted can be shown once its page is there.
    void describe_fetched(const GuestMemory& user, FaultRecord& record);
    [[nodiscard]] bool still_alive(const KernelMemory& now, const FaultTask& task) const;
    void settle_dead(const KernelMemory& now);
    void settle_without_return(Pending& pending, FaultExit exit);
    void settle_returned(const KernelMemory& now, Pending& pending, const InterruptReturn& back);
    [[nodiscard]] FaultEvidence evidence_of(const Pending& pending, FaultExit exit) const;
    std::optional<PhysAddr> zero_page(const KernelMemory& now);
    void emit(const FaultRecord& record);

    const Inspector& inspector_;
    TraceOutput* output_;
    InstructionText instructions_;
    FaultSummary summary_;
    std::vector<Pending> pending_;       // few: tasks that sleep in their fault
    std::optional<PhysAddr> zero_page_;  // once it could be found
};

}  // namespace mmscope
