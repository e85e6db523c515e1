// SPDX-License-Identifier: GPL-2.0-or-later
// Watches the processor, matches each page fault with its outcome, and hands on one record for each.
#pragma once

#include <optional>
#include <vector>

#include "base/error.h"
#include "cpu/cpu.h"
#include "introspect/inspector.h"
#include "trace/fault_classifier.h"
#include "trace/fault_record.h"
#include "trace/fault_summary.h"
#include "trace/instruction_text.h"
#include "trace/trace_sink.h"

namespace mmscope {

/// What the sink is given. Empty lists mean everything. The summary always counts every fault.
struct TraceFilter {
    struct Range {
        LinearAddr start, end;  // half-open, by CR2
    };
    std::vector<uint32_t> pids;
    std::vector<Range> addresses;
};

/// Give it to Cpu::set_observer(). `inspector` and `sink` must outlive it; no sink: it only counts.
/// Kinds and outcomes are worked out from guest memory at both ends of a fault.
class FaultTracer final : public CpuObserver {
  public:
    FaultTracer(const Inspector& inspector, TraceSink* sink, TraceFilter filter = {});

    void page_fault(const PageFault& fault) override;
    void interrupt_return(const InterruptReturn& back) override;
    [[nodiscard]] bool wants_interrupt_returns() const override { return true; }

    /// Call once, when the machine stands still for good (also after SIGINT): settles what is pending and
    /// closes the sink. Error: the first error of the sink.
    Result<void> finish(VirtualTime time, uint64_t instructions);

    [[nodiscard]] const FaultSummary& summary() const { return summary_; }
    /// The sink failed (disk full, ...): stop the machine, then finish() yields the error. Cheap, poll it.
    [[nodiscard]] bool sink_failed() const { return error_.has_value(); }

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
    [[nodiscard]] bool wanted(const FaultRecord& record) const;

    const Inspector& inspector_;
    TraceSink* sink_;
    TraceFilter filter_;
    InstructionText instructions_;
    FaultSummary summary_;
    std::vector<Pending> pending_;       // few: tasks that sleep in their fault
    std::optional<PhysAddr> zero_page_;  // once it could be found
    uint64_t written_ = 0;
    std::optional<Error> error_;
};

}  // namespace mmscope
