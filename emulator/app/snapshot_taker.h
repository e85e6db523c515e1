// SPDX-License-Identifier: GPL-2.0-or-later
// Takes the snapshots that a configuration asks for, each at its moment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/snapshot_moment.h"
#include "base/error.h"
#include "machine/machine.h"
#include "snapshot/core_notes.h"
#include "snapshot/snapshot.h"

namespace mmscope {

class EventTracer;
class FaultTracer;
class RunObserver;

enum class SnapshotFiles : uint8_t {
    Whole,
    Increments,  // each file after the first holds what was written since the one before
};

class SnapshotTaker {
  public:
    /// `machine` and `disks` must outlive it. One moment: its snapshot is `file`. Several: each has a name of
    /// its own, "vm.core" becomes "vm-time-2s.core". Error: a file cannot be written there.
    static Result<std::unique_ptr<SnapshotTaker>> create(Machine& machine, const DiskImages& disks,
                                                         KernelIdentity kernel,
                                                         const std::filesystem::path& file,
                                                         std::vector<SnapshotMoment> moments,
                                                         SnapshotFiles files = SnapshotFiles::Whole);

    /// Who watches the machine from now on; what they remember goes into each snapshot. No tracers: null.
    void watch_with(RunObserver& observer, FaultTracer* tracer, EventTracer* events);

    void at_checkpoint(uint32_t id);
    /// The first time that is still to come; never() if there is none.
    [[nodiscard]] VirtualTime next_time() const;
    /// The machine stands at or behind next_time().
    void at_time();
    void at_end(const RunResult& result);

    /// The first snapshot that could not be written.
    [[nodiscard]] const std::optional<std::string>& error() const { return error_; }

  private:
    SnapshotTaker(Machine& machine, const DiskImages& disks, KernelIdentity kernel)
        : machine_(machine), disks_(disks), kernel_(std::move(kernel)) {}
    struct Wanted {
        SnapshotMoment moment;
        std::filesystem::path file;
        bool done = false;
        uint32_t taken = 0;  // how often
    };
    void take(Wanted& wanted);
    Result<void> save(const std::filesystem::path& file);
    Result<Snapshot> snapshot_with_watchers();
    Result<void> save_increment(const std::filesystem::path& file, const Snapshot& snapshot);

    Machine& machine_;
    const DiskImages disks_;
    const KernelIdentity kernel_;
    RunObserver* observer_ = nullptr;
    FaultTracer* tracer_ = nullptr;
    EventTracer* events_ = nullptr;
    std::vector<Wanted> wanted_;
    std::optional<std::string> error_;
    std::optional<size_t> reader_;       // of DirtyPages; none: files are whole
    std::optional<CoreIncrement> next_;  // how the next one begins; none: whole
};

}  // namespace mmscope
