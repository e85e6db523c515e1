// SPDX-License-Identifier: GPL-2.0-or-later
// `./dev bench`: the machine's speed beside QEMU's on the same image in the same run. Prints; asserts
// nothing.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/bench/audit_time.h"
#include "tests/bench/decode_time.h"
#include "tests/bench/machines.h"
#include "tests/bench/operations.h"
#include "tests/bench/save_time.h"
#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = ChildProcess::Seconds;
constexpr int kRounds = 7;

struct Cost {
    double wall = 1e9, cpu = 1e9;  // seconds
    long peak_kib = 0;
};

/// One run; none, with what the guest said, if it fails.
std::optional<Cost> run_once(const std::vector<std::string>& command, int good_status) {
    const auto start = Clock::now();
    const ChildResult result = run_program(command, {}, Seconds(120));
    if (result.status != good_status) return fmt::print("{}\n", describe(result)), std::nullopt;
    return Cost{.wall = Seconds(Clock::now() - start).count(),
                .cpu = result.cpu_seconds,
                .peak_kib = result.peak_kib};
}

struct Contender {
    std::vector<std::string> command;
    int good_status;
    std::optional<Cost> best = Cost{};  // none: a run failed
};

/// The best of several rounds for each. They take turns, so that a slow moment of the host hits all alike.
void compare(std::span<Contender> contenders) {
    for (int round = 0; round < kRounds; ++round) {
        for (Contender& contender : contenders) {
            if (!contender.best) continue;
            const auto cost = run_once(contender.command, contender.good_status);
            if (!cost) {
                contender.best.reset();
                continue;
            }
            contender.best->wall = std::min(contender.best->wall, cost->wall);
            contender.best->cpu = std::min(contender.best->cpu, cost->cpu);
            contender.best->peak_kib = std::max(contender.best->peak_kib, cost->peak_kib);
        }
    }
}

/// A part of the guest's bench program (guest/user/bin/bench.cpp) and how its cost is shown.
struct Part {
    std::string_view name, what, unit;
    double scale;  // from CPU seconds to the unit
    std::string_view wanted;
};
constexpr std::array<Part, 5> kParts = {
    {{"integer", "integer loop, 150 million rounds", "s", 1, "at most 1.67 of QEMU"},
     {"x87", "x87 loop, 5 million rounds", "s", 1, "at most 1.67 of QEMU"},
     {"memory", "memory loop, 400 MiB", "s", 1, "at most 1.67 of QEMU"},
     {"int80", "int 0x80 round trip", "us", 1e6 / 1.5e6, "at most 2.00 of QEMU"},
     {"fault", "page fault, mapped and retried", "us", 1e6 / (256 * 400), "at most 1.80 of QEMU"}}};

/// CPU seconds of a part: a run with it less a run without any.
std::optional<double> difference(const std::optional<Cost>& with, const std::optional<Cost>& without) {
    if (!with || !without) return std::nullopt;
    return with->cpu - without->cpu;
}

void row(std::string_view name, std::string_view unit, double ours, std::optional<double> qemus,
         std::string_view wanted) {
    const std::string other = qemus ? fmt::format("{:.3f}", *qemus) : std::string("-");
    const std::string ratio = qemus ? fmt::format("{:.2f}", ours / *qemus) : std::string("-");
    fmt::print("{:<38} {:>9.3f} {:>9} {:<3} {:>6}   {}\n", name, ours, other, unit, ratio, wanted);
}

void bench_tour(const TemporaryFolder& folder, bool with_qemu) {
    std::vector<Contender> contenders = {{emu_command(folder, ""), 0}};
    if (with_qemu) contenders.push_back({qemu_command(""), 1});
    compare(contenders);
    const auto& ours = contenders.front().best;
    if (!ours) return;
    const auto qemus = with_qemu ? contenders.back().best : std::nullopt;
    row("boot to the end of the tour, wall", "s", ours->wall,
        qemus ? std::optional(qemus->wall) : std::nullopt, "at most 0.500 s");
    row("host memory at its peak", "MB", static_cast<double>(ours->peak_kib) * 1.024e-3, std::nullopt,
        "at most 217 MB (64 MiB + 150 MB)");
}

/// CPU seconds: wall time would count what else the host does.
void bench_part(const TemporaryFolder& folder, const Part& part, bool with_qemu) {
    const std::string with = fmt::format("init=/bin/bench bench={}", part.name);
    const std::string without = "init=/bin/bench bench=none";
    const std::vector<std::string> trace = {"--trace", folder.path("trace.jsonl")};
    const bool traced = part.name == "fault";
    std::vector<Contender> runs = {{emu_command(folder, with), 0}, {emu_command(folder, without), 0}};
    if (with_qemu) runs.insert(runs.end(), {{qemu_command(with), 1}, {qemu_command(without), 1}});
    if (traced) {
        runs.insert(runs.end(),
                    {{emu_command(folder, with, trace), 0}, {emu_command(folder, without, trace), 0}});
    }
    compare(runs);
    const auto cost = [&runs](size_t at) { return difference(runs[at].best, runs[at + 1].best); };
    const auto seconds = cost(0);
    if (!seconds) return;
    auto qemus = with_qemu ? cost(2) : std::nullopt;
    if (qemus) *qemus *= part.scale;
    row(part.what, part.unit, *seconds * part.scale, qemus, part.wanted);
    if (!traced) return;
    if (const auto slower = cost(runs.size() - 2)) {
        row("tracing to JSONL, a fault", "us", (*slower - *seconds) * part.scale, std::nullopt,
            "at most 5 us");
    }
}

int run() {
    setvbuf(stdout, nullptr, _IOLBF, 0);  // each row as soon as it is known, into files, too
    const TemporaryFolder folder;
    const bool with_qemu = access(kQemu, X_OK) == 0;
    if (!with_qemu) fmt::print("{} is not installed: its column stays empty\n", kQemu);
    fmt::print("{:<38} {:>9} {:>9} {:<3} {:>6}   {}\n", "CPU time, but where it says wall", "emu", "QEMU", "",
               "ratio", "wanted");
    bench_tour(folder, with_qemu);
    for (const Part& part : kParts)
        bench_part(folder, part, with_qemu);
    if (const auto milliseconds = decode_milliseconds(1000)) {
        row("decoding an mm of 1000 VMAs", "ms", *milliseconds, std::nullopt, "at most 2 ms");
    }
    if (const auto milliseconds = audit_milliseconds())
        row("auditing a machine of 50 processes", "ms", *milliseconds, std::nullopt, "at most 50 ms");
    if (const auto milliseconds = save_milliseconds("vm.core"))
        row("saving a machine of 256 MiB, wall", "ms", *milliseconds, std::nullopt, "at most 1000 ms");
    if (const auto milliseconds = save_milliseconds("vm.core.zst"))
        row("the same, compressed", "ms", *milliseconds, std::nullopt, "-");
    if (const auto milliseconds = checkpoint_milliseconds())
        row("checkpoint of it, 1 % written, wall", "ms", *milliseconds, std::nullopt, "at most 10 ms");
    bench_operations(folder, with_qemu);
    return 0;
}

}  // namespace
}  // namespace mmscope::test

int main() {
    return mmscope::test::run();
}
