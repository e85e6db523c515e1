// SPDX-License-Identifier: GPL-2.0-or-later
// `./dev bench`: the machine's speed beside QEMU's on the same image in the same run. Prints; asserts
// nothing.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "tests/bench/decode_time.h"
#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = ChildProcess::Seconds;
constexpr int kRounds = 3;
constexpr const char* kQemu = "/usr/bin/qemu-system-i386";

std::vector<std::string> emu_command(const TemporaryFolder& folder, const std::string& command_line,
                                     const std::string& trace = "") {
    const std::string config = folder.write(
        "bench.toml", fmt::format("[boot]\ncmdline = \"{}\"\n[display]\nmode = \"none\"\n", command_line));
    std::vector<std::string> command = {EMU, config};
    if (!trace.empty()) command.insert(command.end(), {"--trace", trace});
    return command;
}

std::vector<std::string> qemu_command(const std::string& command_line) {
    return {kQemu,     "-accel",     "tcg",     "-display", "none",    "-no-reboot",
            "-m",      "64",         "-kernel", KERNEL,     "-initrd", INITRAMFS,
            "-append", command_line, "-serial", "stdio",    "-device", "isa-debug-exit,iobase=0xf4,iosize=4"};
}

struct Cost {
    double wall = 1e9, cpu = 1e9;  // seconds
    long peak_kib = 0;
};

/// The best of several runs; none, with what the guest said, if one fails.
std::optional<Cost> cost_of(const std::vector<std::string>& command, int good_status, int rounds) {
    Cost cost;
    for (int round = 0; round < rounds; ++round) {
        const auto start = Clock::now();
        const ChildResult result = run_program(command, {}, Seconds(120));
        if (result.status != good_status) return fmt::print("{}\n", describe(result)), std::nullopt;
        cost.wall = std::min(cost.wall, Seconds(Clock::now() - start).count());
        cost.cpu = std::min(cost.cpu, result.cpu_seconds);
        cost.peak_kib = std::max(cost.peak_kib, result.peak_kib);
    }
    return cost;
}

/// A part of the guest's bench program (guest/user/bin/bench.cpp) and how its cost is shown.
struct Part {
    std::string_view name, what, unit;
    double scale;  // from CPU seconds to the unit
    std::string_view wanted;
};
constexpr std::array<Part, 5> kParts = {
    {{"integer", "integer loop, 50 million rounds", "s", 1, "at most 1.67 of QEMU"},
     {"x87", "x87 loop, 5 million rounds", "s", 1, "at most 1.67 of QEMU"},
     {"memory", "memory loop, 100 MiB", "s", 1, "at most 1.67 of QEMU"},
     {"int80", "int 0x80 round trip", "us", 1e6 / 3e5, "at most 2.00 of QEMU"},
     {"fault", "page fault, mapped and retried", "us", 1e6 / (256 * 400), "at most 1.80 of QEMU"}}};

/// CPU seconds of one part: a run with it less a run without any. Wall time would count what else the host
/// does.
template <class Command>
std::optional<double> part_cost(const Command& command, std::string_view part, int good_status) {
    const auto with = cost_of(command(fmt::format("init=/bin/bench bench={}", part)), good_status, kRounds);
    const auto without = cost_of(command("init=/bin/bench bench=none"), good_status, kRounds);
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
    const auto ours = cost_of(emu_command(folder, ""), 0, kRounds);
    const auto qemus = with_qemu ? cost_of(qemu_command(""), 1, kRounds) : std::nullopt;
    if (!ours) return;
    row("boot to the end of the tour, wall", "s", ours->wall,
        qemus ? std::optional(qemus->wall) : std::nullopt, "at most 0.500 s");
    row("host memory at its peak", "MB", static_cast<double>(ours->peak_kib) * 1.024e-3, std::nullopt,
        "at most 217 MB (64 MiB + 150 MB)");
}

void bench_parts(const TemporaryFolder& folder, bool with_qemu) {
    const auto ours = [&folder](const std::string& line) { return emu_command(folder, line); };
    const auto traced = [&folder](const std::string& line) {
        return emu_command(folder, line, folder.path("trace.jsonl"));
    };
    for (const Part& part : kParts) {
        const auto seconds = part_cost(ours, part.name, 0);
        auto qemus = with_qemu ? part_cost(qemu_command, part.name, 1) : std::nullopt;
        if (!seconds) continue;
        if (qemus) *qemus *= part.scale;
        row(part.what, part.unit, *seconds * part.scale, qemus, part.wanted);
        if (part.name != "fault") continue;
        if (const auto slower = part_cost(traced, part.name, 0)) {
            row("tracing to JSONL, a fault", "us", (*slower - *seconds) * part.scale, std::nullopt,
                "at most 5 us");
        }
    }
}

int run() {
    const TemporaryFolder folder;
    const bool with_qemu = access(kQemu, X_OK) == 0;
    if (!with_qemu) fmt::print("{} is not installed: its column stays empty\n", kQemu);
    fmt::print("{:<38} {:>9} {:>9} {:<3} {:>6}   {}\n", "CPU time, but where it says wall", "emu", "QEMU", "",
               "ratio", "wanted");
    bench_tour(folder, with_qemu);
    bench_parts(folder, with_qemu);
    if (const auto milliseconds = decode_milliseconds(1000)) {
        row("decoding an mm of 1000 VMAs", "ms", *milliseconds, std::nullopt, "at most 2 ms");
    }
    return 0;
}

}  // namespace
}  // namespace mmscope::test

int main() {
    return mmscope::test::run();
}
