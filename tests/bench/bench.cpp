// SPDX-License-Identifier: GPL-2.0-or-later
// `./dev bench`: the machine's speed beside QEMU's on the same image in the same run. Prints; asserts
// nothing.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "tests/bench/decode_time.h"
#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = ChildProcess::Seconds;
constexpr int kRounds = 5;
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

/// Seconds from start to exit, the best of several runs; none if a run fails.
std::optional<double> whole_run(const std::vector<std::string>& command, int good_status,
                                long* peak_kib = nullptr) {
    double best = 1e9;
    for (int round = 0; round < kRounds; ++round) {
        const auto start = Clock::now();
        const ChildResult result = run_program(command, {}, Seconds(120));
        best = std::min(best, Seconds(Clock::now() - start).count());
        if (result.status != good_status) return fmt::print("{}\n", describe(result)), std::nullopt;
        if (peak_kib != nullptr) *peak_kib = std::max(*peak_kib, result.peak_kib);
    }
    return best;
}

struct Part {
    std::string name;
    double count;
};
const std::array<Part, 5> kParts = {
    {{"integer", 1e8}, {"x87", 5e7}, {"memory", 200}, {"int80", 3e5}, {"fault", 256 * 400}}};

/// Seconds of each part of the guest's bench program, by its begin and end lines; the best of several runs.
std::map<std::string, double> part_times(const std::vector<std::string>& command) {
    std::map<std::string, double> times;
    for (int round = 0; round < 3; ++round) {
        ChildProcess child(command);
        for (const Part& part : kParts) {
            if (!child.wait_for_output("begin " + part.name, Seconds(120))) break;
            const auto start = Clock::now();
            if (!child.wait_for_output("end " + part.name, Seconds(120))) break;
            const double seconds = Seconds(Clock::now() - start).count();
            const auto [best, added] = times.try_emplace(part.name, seconds);
            if (!added) best->second = std::min(best->second, seconds);
        }
        const ChildResult result = child.finish(Seconds(30));
        if (times.size() < kParts.size()) fmt::print("{}\n", describe(result));
    }
    return times;
}

void row(std::string_view name, std::string_view unit, double ours, double qemus, std::string_view target) {
    const std::string other = qemus > 0 ? fmt::format("{:.3f}", qemus) : std::string("-");
    const std::string ratio = qemus > 0 ? fmt::format("{:.2f}", ours / qemus) : std::string("-");
    fmt::print("{:<38} {:>9.3f} {:>9} {:<6} {:>6}   {}\n", name, ours, other, unit, ratio, target);
}

void print_parts(const std::map<std::string, double>& ours, const std::map<std::string, double>& qemus) {
    for (const Part& part : kParts) {
        const bool call = part.name == "int80" || part.name == "fault";
        const double scale = call ? 1e6 / part.count : 1;
        const auto mine = ours.find(part.name);
        const auto other = qemus.find(part.name);
        if (mine == ours.end()) continue;
        row(part.name, call ? "us" : "s", mine->second * scale,
            other == qemus.end() ? 0 : other->second * scale,
            part.name == "int80"   ? "at most 2.00 of QEMU"
            : part.name == "fault" ? "at most 1.80 of QEMU"
                                   : "at most 1.67 of QEMU");
    }
}

void bench_tour(const TemporaryFolder& folder, bool with_qemu) {
    long peak_kib = 0;
    const auto ours = whole_run(emu_command(folder, ""), 0, &peak_kib);
    const auto qemus = with_qemu ? whole_run(qemu_command(""), 1) : std::nullopt;
    if (!ours) return;
    row("boot to the end of the tour", "s", *ours, qemus.value_or(0), "at most 0.500 s");
    row("host memory beyond 64 MiB of guest RAM", "MB", static_cast<double>(peak_kib) / 1000 * 1.024 - 67.1,
        0, "at most 150 MB");
}

void bench_tracing(const TemporaryFolder& folder, double fault_seconds) {
    const auto traced = part_times(emu_command(folder, "init=/bin/bench", folder.path("t.jsonl")));
    const auto fault = traced.find("fault");
    if (fault == traced.end()) return;
    row("tracing to JSONL, per fault", "us", (fault->second - fault_seconds) * 1e6 / kParts[4].count, 0,
        "at most 5 us");
}

int run() {
    const TemporaryFolder folder;
    const bool with_qemu = access(kQemu, X_OK) == 0;
    if (!with_qemu) fmt::print("{} is not installed: its column stays empty\n", kQemu);
    fmt::print("{:<38} {:>9} {:>9} {:<6} {:>6}   {}\n", "", "emu", "QEMU", "", "ratio", "wanted");
    bench_tour(folder, with_qemu);
    const auto ours = part_times(emu_command(folder, "init=/bin/bench"));
    const auto qemus =
        with_qemu ? part_times(qemu_command("init=/bin/bench")) : std::map<std::string, double>{};
    print_parts(ours, qemus);
    if (const auto fault = ours.find("fault"); fault != ours.end()) bench_tracing(folder, fault->second);
    if (const auto milliseconds = decode_milliseconds(1000)) {
        row("decoding an mm of 1000 VMAs", "ms", *milliseconds, 0, "at most 2 ms");
    }
    return 0;
}

}  // namespace
}  // namespace mmscope::test

int main() {
    return mmscope::test::run();
}
