// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a tiny guest to its end on the machine, or on QEMU, and keeps what came out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machine/machine.h"

namespace mmscope::testing {

struct GuestRun {
    std::string console;  // port 0xE9
    std::string serial;
    RunResult result{};
    std::string ram;  // a string, for they are compared as a whole
    VirtualTime time;
    uint64_t instructions = 0;
};

struct GuestOptions {
    MmuKind mmu = MmuKind::Own;
    uint32_t ram = 8u << 20;
    uint32_t translation_buffer = 2u << 20;
    std::string command_line = {};
    CpuObserver* observer = nullptr;
    MachineHost* host = nullptr;
    VirtualTime until{2'000'000'000};
    uint64_t poll_interval = 1'000'000;
};

/// The bytes of guests/NAME.S as built.
std::vector<std::byte> read_guest(const std::string& name);

/// Loads and runs; fails the running test if the image does not load.
GuestRun run_guest(const std::string& name, const GuestOptions& options = {});
std::string ram_of(Machine& machine);
/// The same, on a machine that the caller keeps.
std::unique_ptr<Machine> make_machine(const std::string& name, const GuestOptions& options, GuestRun& run);

/// Port 0xE9's output under qemu-system-i386 (TCG); none if QEMU is not installed.
std::optional<std::string> run_in_qemu(const std::string& name);

}  // namespace mmscope::testing
