// SPDX-License-Identifier: GPL-2.0-or-later
// Instructions come from a machine inside this process, once, for they are always the same. Wall time comes
// from both programs as a user starts them: the time between two lines of their output, the best of several
// runs.
#include "tests/bench/operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "tests/bench/guest_parts.h"
#include "tests/bench/machines.h"
#include "tests/guest/disk_image.h"

namespace mmscope::test {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = ChildProcess::Seconds;
constexpr int kRuns = 5;
constexpr double kNever = 1e9;
constexpr Seconds kTimeout{60};

/// Seconds of each operation, in their order, none better than what `best` has; kNever where there is no end.
void time_once(const std::vector<std::string>& command, const std::vector<Operation>& operations,
               std::vector<double>& best) {
    ChildProcess machine(command);
    for (size_t i = 0; i < operations.size(); ++i) {
        if (!machine.wait_for_output("begin " + operations[i].name + ":", kTimeout)) break;
        const auto start = Clock::now();
        if (!machine.wait_for_output("end " + operations[i].name + ":", kTimeout)) break;
        best[i] = std::min(best[i], Seconds(Clock::now() - start).count());
    }
    machine.finish(kTimeout);
}

std::string cell(double seconds, uint32_t count) {
    return seconds < kNever ? fmt::format("{:.2f}", seconds * 1e6 / count) : "-";
}

void print_table(const std::vector<Operation>& operations, const std::vector<double>& emu,
                 const std::vector<double>& qemu) {
    for (size_t i = 0; i < operations.size(); ++i) {
        const Operation& o = operations[i];
        const bool both = emu[i] < kNever && qemu[i] < kNever;
        fmt::print("{:<38} {:>9.0f} {:>11} {:>11} {:>6}\n", o.name,
                   static_cast<double>(o.instructions) / o.count, cell(emu[i], o.count),
                   cell(qemu[i], o.count), both ? fmt::format("{:.2f}", emu[i] / qemu[i]) : "-");
    }
}

/// The machines take turns, so that a slow moment of the host hits both.
void bench_part(const std::vector<Operation>& operations, const std::vector<std::string>& on_emu,
                const std::vector<std::string>& on_qemu) {
    std::vector<double> emu(operations.size(), kNever), qemu = emu;
    for (int run = 0; run < kRuns; ++run) {
        time_once(on_emu, operations, emu);
        if (!on_qemu.empty()) time_once(on_qemu, operations, qemu);
    }
    print_table(operations, emu, qemu);
}

std::string command_line_of(const std::string& part) {
    return "init=/bin/bench bench=" + part;
}

void bench_swap_in(const TemporaryFolder& folder, bool with_qemu) {
    const std::string image = folder.path("swap.img"), line = command_line_of("swap_in");
    make_swap_image(image, 64);
    std::vector<std::string> disk = set_path("disk.hda", image), qemu = qemu_disk(image, 0);
    disk.insert(disk.end(), {"--set", "machine.ram=\"16MiB\""});
    qemu.insert(qemu.end(), {"-m", "16"});
    bench_part(run_operations("swap_in", image), emu_command(folder, line, disk),
               with_qemu ? qemu_command(line, qemu) : std::vector<std::string>());
}

void print_lookups(std::string_view name, const Lookups& lookups) {
    fmt::print("{:<38} {:>9.2f} {:>10.1f}%   {} look-ups\n", name, lookups.mean_steps(),
               lookups.hit_ratio() * 100, lookups.calls);
}

void bench_find_vma() {
    const auto found = run_find_vma();
    if (!found) return;
    fmt::print("\n{:<38} {:>9} {:>11}\n", fmt::format("find_vma, {} VMAs", found->areas), "steps",
               "mmap_cache");
    print_lookups("each area once, scattered", found->scattered);
    print_lookups("page after page, 4 to an area", found->neighbours);
    print_lookups("the tour, from power-on to its end", run_tour_lookups());
    fmt::print("{:<38} {:>9}   wanted: at most 25; the tree is {} deep\n", "the worst look-up of all",
               found->worst, found->depth);
}

}  // namespace

void bench_operations(const TemporaryFolder& folder, bool with_qemu) {
    fmt::print("\n{:<38} {:>9} {:>11} {:>11} {:>6}\n", "each, best wall time", "guest", "emu us", "QEMU us",
               "ratio");
    fmt::print("{:<38} {:>9}\n", kernel_checks_itself() ? "(with the kernel's checks of itself)" : "",
               "instr.");
    const std::string line = command_line_of("operations");
    bench_part(run_operations("operations"), emu_command(folder, line),
               with_qemu ? qemu_command(line) : std::vector<std::string>());
    bench_swap_in(folder, with_qemu);
    bench_find_vma();
}

}  // namespace mmscope::test
