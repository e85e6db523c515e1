// SPDX-License-Identifier: GPL-2.0-or-later
// First the machine, then those who watch it.
#include "app/restored_run.h"

#include <fmt/format.h>

#include "app/run_observer.h"
#include "devices/state.h"
#include "trace/event_tracer.h"
#include "trace/fault_tracer.h"

namespace mmscope {
namespace {

template <class Part>
Result<void> load_watcher(Part& part, const std::vector<uint8_t>& bytes, std::string_view what) {
    StateLoader loader(bytes);
    part.state(loader);
    if (!loader.failed() && loader.at_end()) return {};
    return fail(fmt::format("damaged: what it knows of {} cannot be read", what));
}

}  // namespace

Result<std::unique_ptr<RestoredRun>> RestoredRun::load(const std::filesystem::path& file) {
    auto core = load_core(file);
    if (!core) return std::unexpected(core.error());
    return std::unique_ptr<RestoredRun>(new RestoredRun(file, std::move(*core)));
}

Error RestoredRun::refusal(const Error& why) const {
    return {fmt::format("{}: {}", file_.string(), why.message)};
}

void RestoredRun::configure(MachineConfig& config) const {
    config.ram = core_.snapshot.ram;
    config.mmu = core_.snapshot.mmu;
    config.rtc_start = core_.snapshot.rtc_start;
}

Result<void> RestoredRun::restore(Machine& machine, const DiskImages& disks, const KernelIdentity& kernel) {
    const KernelIdentity& wanted = core_.snapshot.kernel;
    if (kernel.hash != wanted.hash) {
        return std::unexpected(
            refusal({fmt::format("{} is not the kernel of this snapshot: found {}, expected {}", kernel.path,
                                 kernel.hash, wanted.hash)}));
    }
    const auto done = restore_snapshot(machine, disks, core_.snapshot, *core_.memory);
    core_.memory.reset();
    if (!done) return std::unexpected(refusal(done.error()));
    return {};
}

Result<void> RestoredRun::restore(RunObserver& observer, FaultTracer* tracer, EventTracer* events) const {
    const Snapshot& snapshot = core_.snapshot;
    auto done = load_watcher(observer, snapshot.observer, "processes");
    if (done && tracer != nullptr && !snapshot.tracer.empty())
        done = load_watcher(*tracer, snapshot.tracer, "page faults");
    if (done && events != nullptr && !snapshot.events.empty())
        done = load_watcher(*events, snapshot.events, "calls");
    if (!done) return std::unexpected(refusal(done.error()));
    return {};
}

}  // namespace mmscope
