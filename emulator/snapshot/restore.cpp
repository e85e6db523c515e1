// SPDX-License-Identifier: GPL-2.0-or-later
// Puts each part of a saved machine into its place, in the order in which they depend on each other.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/checksum.h"
#include "devices/state.h"
#include "machine/machine.h"
#include "mmu/tlb_shadow.h"
#include "snapshot/snapshot.h"

namespace mmscope {
namespace {

/// Loads `part`, all of it, through `load(visitor)`.
template <class Load>
Result<void> load_part(const std::vector<uint8_t>& part, std::string_view name, Load load) {
    StateLoader loader(part);
    load(loader);
    if (!loader.failed() && loader.at_end()) return {};
    return fail(fmt::format("damaged: the state of {} cannot be read", name));
}

Result<void> restore_disks(const DiskImages& disks, const std::vector<DiskSnapshot>& saved) {
    constexpr std::array kNames = {"disk.hda", "disk.hdb"};
    for (uint32_t unit = 0; unit < disks.size(); ++unit) {
        const auto found = std::ranges::find(saved, unit, &DiskSnapshot::unit);
        if ((found == saved.end()) != (disks[unit] == nullptr)) {
            return fail(fmt::format("{}: the snapshot's machine {} such a disk", kNames[unit],
                                    found == saved.end() ? "did not have" : "had"));
        }
        if (disks[unit] == nullptr) continue;
        if (auto done = disks[unit]->apply(found->changes); !done)
            return fail(fmt::format("{}: {}", kNames[unit], done.error().message));
    }
    return {};
}

void copy_memory(PhysicalMemory& to, const PhysicalMemory& from) {
    for (uint32_t at = 0; at < from.size(); at += kPageSize) {
        const auto page = from.bytes().subspan(at, kPageSize);
        // Host memory that is never touched costs nothing.
        if (!is_zero(page)) std::memcpy(to.bytes().data() + at, page.data(), page.size());
    }
}

Result<void> restore_devices(Machine& machine, const std::vector<DeviceSnapshot>& saved) {
    const auto devices = machine.devices();
    if (saved.size() != devices.size())
        return fail(fmt::format("{} devices, expected {}", saved.size(), devices.size()));
    for (size_t i = 0; i < devices.size(); ++i) {
        StateSaver own;
        devices[i]->state(own);
        if (saved[i].name != devices[i]->name() || saved[i].layout != own.layout_hash())
            return fail(fmt::format("the device {} is not the one that was saved", devices[i]->name()));
        auto loaded = load_part(saved[i].bytes, saved[i].name,
                                [&](StateVisitor& visitor) { devices[i]->state(visitor); });
        if (!loaded) return loaded;
    }
    return {};
}

}  // namespace

Result<void> restore_state(Machine& machine, const Snapshot& snapshot) {
    Scheduler& scheduler = machine.scheduler();
    auto done = load_part(snapshot.scheduler, "the scheduler", [&](StateVisitor& visitor) {
        scheduler.state(visitor);
        machine.state(visitor);
    });
    if (!done) return done;
    if (done = restore_devices(machine, snapshot.devices); !done) return done;
    if (done = machine.cpu().restore(snapshot.cpu); !done) return done;
    done =
        load_part(snapshot.tlb, "the TLB", [&](StateVisitor& visitor) { machine.cpu().visit_tlb(visitor); });
    if (!done) return done;
    scheduler.clock().deadline = snapshot.kicked ? VirtualTime{0} : scheduler.next_event();
    return {};
}

Result<void> restore_snapshot(Machine& machine, const DiskImages& disks, const Snapshot& snapshot,
                              const PhysicalMemory& memory) {
    const MachineConfig& config = machine.config();
    if (config.ram != snapshot.ram || memory.size() != snapshot.ram || config.mmu != snapshot.mmu)
        return fail("of a machine with another configuration");
    if (auto done = restore_disks(disks, snapshot.disks); !done) return done;
    copy_memory(machine.memory(), memory);
    return restore_state(machine, snapshot);
}

}  // namespace mmscope
