// SPDX-License-Identifier: GPL-2.0-or-later
// Times Auditor::audit on the guest's crowd.
#include "tests/bench/audit_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "introspect/audit/audit.h"
#include "tests/boot/boot_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kProcesses = 50;

std::optional<double> time_audit(const Inspector& inspector) {
    const auto tasks = inspector.tasks();
    const auto users =
        tasks ? std::ranges::count_if(tasks->tasks, [](const TaskModel& task) { return task.mm.value != 0; })
              : 0;
    const auto auditor = Auditor::create(inspector);
    if (!auditor || users < kProcesses) return std::nullopt;
    double best = 1e9;
    for (int round = 0; round < 20; ++round) {
        const auto start = std::chrono::steady_clock::now();
        const auto report = (*auditor)->audit(AuditPlace::AtRest);
        best = std::min(
            best,
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
        if (!report || !report->clean() || !report->quiet) return std::nullopt;
    }
    return best;
}

}  // namespace

std::optional<double> audit_milliseconds() {
    std::optional<double> time;
    BootOptions options;
    options.command_line = "init=/bin/bench bench=crowd";
    options.at_checkpoint = [&](uint32_t, const Inspector& inspector, const std::string&) {
        time = time_audit(inspector);
    };
    const BootResult result = boot(options);
    if (!time)
        fmt::print("no clean audit of {} processes; the guest printed:\n{}\n", kProcesses, result.serial);
    return time;
}

}  // namespace mmscope::test
