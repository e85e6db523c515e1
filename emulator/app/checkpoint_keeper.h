// SPDX-License-Identifier: GPL-2.0-or-later
// Checkpoints of a run in memory: when they are taken, what belongs to them besides the machine, and the way
// back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/repeated_output.h"
#include "machine/machine.h"
#include "snapshot/checkpoint_store.h"
#include "trace/fault_summary.h"

namespace mmscope {

class AuditWatch;
class EventTracer;
class FaultTracer;
class RunObserver;
class TlbWatch;
class TraceOutput;

struct CheckpointPlan {
    std::optional<uint64_t> every;  // virtual nanoseconds; none: only when asked
    uint64_t keep = 0;              // bytes that all copies may take
};

class CheckpointKeeper {
  public:
    /// Who watches the machine and goes back with it. None of a trace: null.
    struct Watchers {
        RunObserver& observer;
        FaultTracer* faults = nullptr;
        EventTracer* events = nullptr;
        TraceOutput* trace = nullptr;
        TlbWatch* tlb = nullptr;                  // null: the TLB is not audited
        AuditWatch* audit = nullptr;              // null: no audits
        std::vector<RepeatedOutput*> ports = {};  // of the guest, which tell nothing twice
    };

    /// `machine` and `disks` must outlive it. Error: checkpoints are to be taken and cannot be.
    static Result<std::unique_ptr<CheckpointKeeper>> create(Machine& machine, const DiskImages& disks,
                                                            const CheckpointPlan& plan);

    /// Before anything else.
    void watch_with(const Watchers& watchers) { watchers_.emplace(watchers); }

    /// The next time for one; never() if none is planned. It may be now.
    [[nodiscard]] VirtualTime next_time() const { return next_; }
    /// The machine stands at or behind next_time().
    void at_time();

    /// The number of the new checkpoint. Error: there can be none.
    Result<uint32_t> take();
    /// Error: there is no such checkpoint.
    Result<void> go_back(uint32_t number);
    /// A line for each, with a head.
    [[nodiscard]] std::string list() const;

  private:
    /// The host's side of a checkpoint.
    struct Moment {
        std::vector<uint8_t> observer, faults, events, tables, audit;
        uint64_t fault_count = 0, trace_position = 0;
        std::vector<uint64_t> port_positions;
        FaultSummary summary;
    };

    CheckpointKeeper(Machine& machine, const DiskImages& disks, const CheckpointPlan& plan)
        : machine_(machine), disks_(disks), plan_(plan) {}
    Result<void> open_store();
    [[nodiscard]] Moment watchers_now();
    void forget_dropped();
    void plan_next(VirtualTime last);

    Machine& machine_;
    const DiskImages disks_;
    const CheckpointPlan plan_;
    std::optional<Watchers> watchers_;
    std::unique_ptr<CheckpointStore> store_;  // null: none was asked for yet
    std::map<uint32_t, Moment> moments_;      // by number
    VirtualTime next_ = VirtualTime::never();
};

}  // namespace mmscope
