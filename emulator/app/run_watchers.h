// SPDX-License-Identifier: GPL-2.0-or-later
// Those that look on while a machine runs, as the configuration wants them: the trace, the audits, the TLB's
// audit.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/audit_watch.h"
#include "app/config.h"
#include "app/run_observer.h"
#include "app/tlb_watch.h"
#include "base/error.h"
#include "trace/event_tracer.h"
#include "trace/fault_tracer.h"
#include "trace/finding_tracer.h"
#include "trace/trace_output.h"
#include "trace/trace_sink.h"

namespace mmscope {

class Inspector;
class Machine;

class RunWatchers {
  public:
    /// Somebody will look at the kernel's structures, so that there must be an inspector.
    static bool need_inspector(const Config& config);
    /// Opens the trace's file. All must outlive it; without an inspector nothing that needs one may be
    /// configured. `json`: audits tell in JSON. Error: worded for a person.
    static Result<std::unique_ptr<RunWatchers>> open(const Config& config, bool json, Machine& machine,
                                                     const Inspector* inspector);

    /// What is not traced although a pattern names it, in words.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

    // Null: the configuration does not want it.
    [[nodiscard]] AuditWatch* audit() const { return audit_.get(); }
    [[nodiscard]] TlbWatch* tlb() const { return tlb_.get(); }
    [[nodiscard]] TraceOutput* output() const { return output_.get(); }
    [[nodiscard]] FaultTracer* faults() const { return faults_.get(); }
    [[nodiscard]] EventTracer* events() const { return events_.get(); }
    [[nodiscard]] RunObserver::Listeners listeners() const {
        return {.faults = faults(), .events = events(), .audit = audit(), .tlb = tlb()};
    }

    /// The first violation that is to end the run.
    [[nodiscard]] std::optional<std::string> violation() const;
    /// Makes the last audits. `by_itself`: the guest ended the run. Yields the first violation of all if the
    /// configuration lets one decide how a run ended.
    std::optional<std::string> audit_end(bool by_itself);
    /// Ends the trace, after everything else. Error: the first one of its sink.
    Result<void> close_trace();

  private:
    RunWatchers(const Config& config, Machine& machine, const Inspector* inspector)
        : config_(config), machine_(machine), inspector_(inspector) {}
    Result<void> open_trace();
    Result<void> open_events();
    void open_findings();
    Result<void> open_audit(bool json);
    Result<void> open_tlb_audit();
    [[nodiscard]] TraceFilter trace_filter() const;

    const Config& config_;
    Machine& machine_;
    const Inspector* inspector_;
    std::vector<std::string> notes_;
    std::unique_ptr<TraceSink> sink_;
    std::unique_ptr<TraceOutput> output_;
    std::unique_ptr<FaultTracer> faults_;
    std::unique_ptr<EventTracer> events_;
    std::unique_ptr<FindingTracer> findings_;
    std::unique_ptr<AuditWatch> audit_;
    std::unique_ptr<TlbWatch> tlb_;
};

}  // namespace mmscope
