// SPDX-License-Identifier: GPL-2.0-or-later
// Times save_core.
#include "tests/bench/save_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "machine/machine.h"
#include "snapshot/checkpoint_store.h"
#include "snapshot/core_writer.h"
#include "tests/support/child_process.h"

namespace mmscope::test {

namespace {

constexpr uint32_t kLargeMachine = 256u << 20;

/// Every page in use; null, with a message: there is no memory for it.
std::unique_ptr<Machine> full_machine() {
    auto machine = Machine::create({.ram = kLargeMachine}, {});
    if (!machine) return fmt::print("{}\n", machine.error().message), nullptr;
    const auto ram = (*machine)->memory().bytes();
    for (uint32_t at = 0; at < ram.size(); at += sizeof(at))
        std::memcpy(ram.data() + at, &at, sizeof(at));
    return std::move(*machine);
}

}  // namespace

std::optional<double> checkpoint_milliseconds() {
    const auto machine = full_machine();
    if (!machine) return std::nullopt;
    auto store = CheckpointStore::create(*machine, {}, UINT64_MAX);
    if (!store) return fmt::print("{}\n", store.error().message), std::nullopt;
    (void)(*store)->take();
    double best = 1e9;
    for (uint32_t round = 1; round <= 5; ++round) {
        for (uint32_t at = 0; at < kLargeMachine; at += 100 * kPageSize)
            (void)machine->memory().write(PhysAddr(at), std::as_bytes(std::span(&round, 1)));
        const auto start = std::chrono::steady_clock::now();
        (void)(*store)->take();
        const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
        best = std::min(best, time.count());
    }
    return best;
}

std::optional<double> save_milliseconds(std::string_view name) {
    const auto machine = full_machine();
    if (!machine) return std::nullopt;
    const TemporaryFolder folder;
    double best = 1e9;
    for (int round = 0; round < 3; ++round) {
        const auto start = std::chrono::steady_clock::now();
        const auto snapshot = take_snapshot(*machine, {}, {});
        const auto saved = save_core(folder.path(name), *snapshot, machine->memory());
        if (!saved) return fmt::print("{}\n", saved.error().message), std::nullopt;
        const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
        best = std::min(best, time.count());
    }
    return best;
}

}  // namespace mmscope::test
