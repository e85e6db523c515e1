// SPDX-License-Identifier: GPL-2.0-or-later
// Times save_core.
#include "tests/bench/save_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "machine/machine.h"
#include "snapshot/core_writer.h"
#include "tests/support/child_process.h"

namespace mmscope::test {

std::optional<double> save_milliseconds() {
    constexpr uint32_t kLargeMachine = 256u << 20;
    const auto machine = Machine::create({.ram = kLargeMachine}, {});
    if (!machine) return fmt::print("{}\n", machine.error().message), std::nullopt;
    const auto ram = (*machine)->memory().bytes();
    for (uint32_t at = 0; at < ram.size(); at += sizeof(at))
        std::memcpy(ram.data() + at, &at, sizeof(at));
    const TemporaryFolder folder;
    double best = 1e9;
    for (int round = 0; round < 3; ++round) {
        const auto start = std::chrono::steady_clock::now();
        const auto snapshot = take_snapshot(**machine, {}, {});
        const auto saved = save_core(folder.path("vm.core"), *snapshot, (*machine)->memory());
        if (!saved) return fmt::print("{}\n", saved.error().message), std::nullopt;
        const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
        best = std::min(best, time.count());
    }
    return best;
}

}  // namespace mmscope::test
