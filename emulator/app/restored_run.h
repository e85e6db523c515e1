// SPDX-License-Identifier: GPL-2.0-or-later
// A run that begins where a snapshot was taken.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "machine/machine.h"
#include "snapshot/core_reader.h"
#include "snapshot/snapshot.h"

namespace mmscope {

class EventTracer;
class FaultTracer;
class RunObserver;

class RestoredRun {
  public:
    /// Error: as load_core().
    static Result<std::unique_ptr<RestoredRun>> load(const std::filesystem::path& file);

    /// What the machine is like comes from the snapshot: RAM, MMU, clock. What surrounds it stays.
    void configure(MachineConfig& config) const;
    /// `machine` is new and was made with configure(). Error: the kernel or a disk is not the saved
    /// machine's, or restore_snapshot() refuses.
    Result<void> restore(Machine& machine, const DiskImages& disks, const KernelIdentity& kernel);
    /// No tracers: null.
    Result<void> restore(RunObserver& observer, FaultTracer* tracer, EventTracer* events) const;

  private:
    RestoredRun(std::filesystem::path file, LoadedCore core)
        : file_(std::move(file)), core_(std::move(core)) {}
    [[nodiscard]] Error refusal(const Error& why) const;

    const std::filesystem::path file_;
    LoadedCore core_;  // without its memory once the machine has it
};

}  // namespace mmscope
