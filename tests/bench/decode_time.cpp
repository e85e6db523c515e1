// SPDX-License-Identifier: GPL-2.0-or-later
// Times Inspector::mm_at on the guest's bench program.
#include "tests/bench/decode_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "tests/boot/boot_run.h"

namespace mmscope::test {
namespace {

using Clock = std::chrono::steady_clock;

std::optional<double> time_largest_mm(const Inspector& inspector, uint32_t vmas) {
    const auto tasks = inspector.tasks();
    if (!tasks) return std::nullopt;
    for (const TaskModel& task : tasks->tasks) {
        if (task.is_kernel_thread()) continue;
        double best = 1e9;
        size_t found = 0;
        for (int round = 0; round < 20; ++round) {
            const auto start = Clock::now();
            const auto mm = inspector.mm_at(task.mm);
            best = std::min(best, std::chrono::duration<double, std::milli>(Clock::now() - start).count());
            found = mm ? mm->vmas.size() : 0;
        }
        if (found >= vmas) return best;
    }
    return std::nullopt;
}

}  // namespace

std::optional<double> decode_milliseconds(uint32_t vmas) {
    std::optional<double> time;
    BootOptions options;
    options.command_line = "init=/bin/bench bench=vmas";
    options.at_checkpoint = [&](uint32_t, const Inspector& inspector, const std::string&) {
        time = time_largest_mm(inspector, vmas);
    };
    const BootResult result = boot(options);
    if (!time) fmt::print("the guest showed no mm of {} areas; it printed:\n{}\n", vmas, result.serial);
    return time;
}

}  // namespace mmscope::test
