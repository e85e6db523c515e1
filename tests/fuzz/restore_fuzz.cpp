// SPDX-License-Identifier: GPL-2.0-or-later
// Notes of a core are put into a machine, which then runs: whatever state it got, it is a PC.
#include "base/check.h"
#include "machine/machine.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/notes.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kSmallRam = 1u << 20;
constexpr uint64_t kShortRun = 20'000;  // virtual nanoseconds

/// JMP to itself, wherever it begins.
std::unique_ptr<PhysicalMemory> memory_of_jumps() {
    auto memory = PhysicalMemory::create(kSmallRam).value();
    for (uint32_t at = 0; at < kSmallRam; at += 2)
        (void)memory->write(PhysAddr(at), std::as_bytes(std::span("\xEB\xFE", 2)));
    return memory;
}

}  // namespace
}  // namespace mmscope::test

FUZZ_TARGET(restore) {
    static const std::unique_ptr<PhysicalMemory> memory = memory_of_jumps();
    auto notes = read_checked(input);
    if (!notes) return;
    Snapshot& snapshot = notes->snapshot;
    snapshot.ram = kSmallRam;
    const auto machine =
        Machine::create({.ram = kSmallRam, .mmu = snapshot.mmu, .translation_buffer = kSmallRam}, {});
    CHECK(machine.has_value());
    if (!restore_snapshot(**machine, {}, snapshot, *memory)) return;
    (void)(*machine)->run({(*machine)->now() + kShortRun});
    const auto again = take_snapshot(**machine, {}, {});
    CHECK(again && read_checked(text_of(write_notes(*again))));
}
