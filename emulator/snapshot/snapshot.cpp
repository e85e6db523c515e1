// SPDX-License-Identifier: GPL-2.0-or-later
// Asks each part of the machine for its fields.
#include "snapshot/snapshot.h"

#include <string>
#include <utility>

#include "devices/state.h"
#include "machine/machine.h"
#include "mmu/tlb_shadow.h"

namespace mmscope {

Result<Snapshot> take_snapshot(Machine& machine, const DiskImages& disks, KernelIdentity kernel) {
    Snapshot snapshot{.ram = machine.config().ram,
                      .mmu = machine.config().mmu,
                      .rtc_start = machine.config().rtc_start,
                      .now = machine.now(),
                      .kicked = machine.scheduler().clock().deadline == VirtualTime{0},
                      .kernel = std::move(kernel),
                      .cpu = machine.cpu().snapshot()};
    VirtualClock& clock = machine.scheduler().clock();
    const VirtualTime deadline = clock.deadline;
    StateSaver scheduler;
    machine.scheduler().state(scheduler);
    machine.state(scheduler);
    snapshot.scheduler = scheduler.bytes();
    StateSaver tlb;
    machine.cpu().visit_tlb(tlb);
    snapshot.tlb = tlb.bytes();
    for (Device* device : machine.devices()) {
        StateSaver saver;
        device->state(saver);
        snapshot.devices.push_back({std::string(device->name()), saver.layout_hash(), saver.bytes()});
    }
    clock.deadline = deadline;  // the visit computed it anew, and would have forgotten a kick
    for (uint32_t unit = 0; unit < disks.size(); ++unit) {
        if (disks[unit] == nullptr) continue;
        auto changes = disks[unit]->changes();
        if (!changes) return std::unexpected(changes.error());
        snapshot.disks.push_back({unit, std::move(*changes)});
    }
    return snapshot;
}

}  // namespace mmscope
