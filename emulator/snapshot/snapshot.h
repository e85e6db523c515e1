// SPDX-License-Identifier: GPL-2.0-or-later
// A machine between two blocks of guest code, but for its RAM, as a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpu/cpu.h"
#include "cpu/cpu_snapshot.h"

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

struct Snapshot {
    uint32_t ram = 0;  // bytes
    MmuKind mmu = MmuKind::Own;
    int64_t rtc_start = 0;
    VirtualTime now;
    bool kicked = false;  // the processor is to leave its fast path at once
    KernelIdentity kernel;
    CpuSnapshot cpu;
    std::vector<uint8_t> scheduler;  // Scheduler::state, then Machine::state
    std::vector<uint8_t> tlb;        // TlbShadow::state
    std::vector<DeviceSnapshot> devices;
};

/// What `machine` is now. Between two runs, or in a call of its host.
Snapshot take_snapshot(Machine& machine, KernelIdentity kernel);

}  // namespace mmscope
