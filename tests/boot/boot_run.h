// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the real kernel and initramfs on a Machine inside the test, and keeps everything that can be compared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cpu/cpu.h"
#include "devices/text_screen.h"
#include "introspect/inspector.h"
#include "machine/machine.h"

namespace mmscope::test {

/// The machine stands before the first instruction of a function of the guest, or has just returned from it.
struct CallMoment {
    Machine& machine;  // input may be given to its devices
    const Inspector& inspector;
    const std::string& serial;
    CpuRegisters registers;       // after the return EAX is the result
    std::vector<uint32_t> words;  // the arguments, each a word on the stack
};

/// A function of the guest whose calls are looked at. The guest does not notice.
struct CallWatch {
    std::string function;
    size_t words = 0;                             // how many arguments are of interest
    std::function<void(const CallMoment&)> call;  // either may be empty
    std::function<void(const CallMoment&)> back = {};
};

struct BootOptions {
    std::string kernel = {};  // the image; empty: the default edition's
    MmuKind mmu = MmuKind::Own;
    uint32_t ram = 64u << 20;
    bool keep_ram = false;
    std::array<DiskMedium*, 2> disks{};  // null: none
    std::string command_line = {};
    uint64_t until_seconds = 60;  // virtual
    std::string trace_file = {};  // ends in .jsonl or .csv; empty: none
    /// Called with the machine stopped at a write to the checkpoint port.
    std::function<void(uint32_t id, const Inspector& inspector, const std::string& serial)> at_checkpoint =
        {};
    /// Called about every `watch_interval` virtual nanoseconds, between two blocks of guest code, and
    /// whenever the processor halts. The guest does not notice.
    uint64_t watch_interval = 0;
    std::function<void(const Inspector& inspector, const std::string& serial)> watch = {};
    std::vector<CallWatch> calls = {};
};

struct BootResult {
    RunResult end{};
    std::string serial;
    TextScreen screen;           // what the text screen showed in the end
    std::vector<std::byte> ram;  // in the end, if BootOptions::keep_ram
    VirtualTime time;
    uint64_t instructions = 0;
    uint64_t faults = 0;  // page faults that the tracer saw
};

/// Fails the test (and yields what there is) if the machine cannot be built.
BootResult boot(const BootOptions& options);

/// Where two texts part: the line's number and both lines; empty if they are equal.
std::string first_difference(const std::string& left, const std::string& right);

}  // namespace mmscope::test
