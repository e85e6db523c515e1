// SPDX-License-Identifier: GPL-2.0-or-later
// A machine between two blocks of guest code, but for its RAM, as a plain value.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "cpu/cpu.h"
#include "cpu/cpu_snapshot.h"
#include "machine/disk_image.h"
#include "machine/physical_memory.h"

namespace mmscope {

class Machine;

/// Which kernel runs: the name of its bytes (KernelImage::hash) and where the file stood.
struct KernelIdentity {
    std::string hash, path;
    friend bool operator==(const KernelIdentity&, const KernelIdentity&) = default;
};

/// The state of one device as its StateVisitor sees it.
struct DeviceSnapshot {
    std::string name;
    uint64_t layout = 0;  // StateSaver::layout_hash
    std::vector<uint8_t> bytes;
    friend bool operator==(const DeviceSnapshot&, const DeviceSnapshot&) = default;
};

struct DiskSnapshot {
    uint32_t unit = 0;  // 0: hda
    DiskChanges changes;
    friend bool operator==(const DiskSnapshot&, const DiskSnapshot&) = default;
};

struct Snapshot {
    uint32_t ram = 0;  // bytes
    MmuKind mmu = MmuKind::Own;
    int64_t rtc_start = 0;
    VirtualTime now{};
    bool kicked = false;  // the processor is to leave its fast path at once
    KernelIdentity kernel{};
    CpuSnapshot cpu{};
    std::vector<uint8_t> scheduler{};  // Scheduler::state, then Machine::state
    std::vector<uint8_t> tlb{};        // TlbShadow::state
    std::vector<DeviceSnapshot> devices{};
    std::vector<DiskSnapshot> disks{};
    // Of the host, opaque here. It is part of a machine whose trace goes on as if it had never been stopped.
    std::vector<uint8_t> observer{};
    std::vector<uint8_t> tracer{};  // empty: there was no trace
    std::vector<uint8_t> events{};  // empty: page faults only
};

/// The media of a machine's disks, by unit; null: none. Not owned.
using DiskImages = std::array<DiskImage*, 2>;

/// What `machine` is now, but for what its host knows. Between two runs, or in a call of its host. Error: an
/// image cannot be read.
Result<Snapshot> take_snapshot(Machine& machine, const DiskImages& disks, KernelIdentity kernel);

/// Makes a new machine with the snapshot's configuration the one that was saved. Error: why it cannot be;
/// then `machine` must not be run.
Result<void> restore_snapshot(Machine& machine, const DiskImages& disks, const Snapshot& snapshot,
                              const PhysicalMemory& memory);

/// The same for a machine whose RAM and disks are in place already; it may have run.
Result<void> restore_state(Machine& machine, const Snapshot& snapshot);

}  // namespace mmscope
