// SPDX-License-Identifier: GPL-2.0-or-later
// At each checkpoint of the tour, the maps decoded from outside against those the guest printed of itself.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "tests/boot/boot_run.h"

namespace mmscope::test {
namespace {

/// The text of /proc/PID/maps by process id, as the guest printed it between "=== maps PID checkpoint N" and
/// "=== end" for checkpoint `id`.
std::map<uint32_t, std::string> printed_maps(const std::string& serial, uint32_t id) {
    std::map<uint32_t, std::string> maps;
    std::string* current = nullptr;
    std::istringstream lines(serial);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        uint32_t pid = 0, checkpoint = 0;
        if (std::sscanf(line.c_str(), "=== maps %u checkpoint %u", &pid, &checkpoint) == 2) {
            current = checkpoint == id ? &(maps[pid] = "") : nullptr;
        } else if (line == "=== end") {
            current = nullptr;
        } else if (current != nullptr) {
            *current += line + "\n";
        }
    }
    return maps;
}

/// What a checkpoint showed: compared inside the callback, while the machine stands still.
struct Comparison {
    uint32_t checkpoints = 0, processes = 0, lines = 0;

    void compare(uint32_t id, const Inspector& inspector, const std::string& serial) {
        const auto printed = printed_maps(serial, id);
        ++checkpoints;
        for (const auto& [pid, text] : printed) {
            const auto decoded = inspector.maps_of(pid);
            EXPECT_TRUE(decoded) << decoded.error().message;
            if (decoded) {
                EXPECT_EQ(first_difference(*decoded, text), "")
                    << "decoded, printed; process " << pid << ", checkpoint " << id;
            }
            ++processes;
            lines += static_cast<uint32_t>(std::ranges::count(text, '\n'));
        }
        expect_all_processes_were_printed(id, inspector, printed);
    }

    static void expect_all_processes_were_printed(uint32_t id, const Inspector& inspector,
                                                  const std::map<uint32_t, std::string>& printed) {
        const auto tasks = inspector.tasks();
        ASSERT_TRUE(tasks) << tasks.error().message;
        for (const TaskModel& task : tasks->tasks) {
            if (!task.is_leader() || task.is_kernel_thread() || printed.empty()) continue;
            EXPECT_TRUE(printed.contains(task.pid))
                << "the guest did not print process " << task.pid << " at checkpoint " << id;
        }
    }
};

void expect_equal_maps(MmuKind mmu) {
    Comparison comparison;
    BootOptions options;
    options.mmu = mmu;
    options.at_checkpoint = [&](uint32_t id, const Inspector& inspector, const std::string& serial) {
        comparison.compare(id, inspector, serial);
    };
    const BootResult result = boot(options);
    EXPECT_EQ(result.end.end, RunEnd::GuestExit) << result.end.report << result.serial;
    EXPECT_GE(comparison.checkpoints, 3u) << result.serial;
    EXPECT_GE(comparison.processes, 6u);
    EXPECT_GE(comparison.lines, 30u);
}

TEST(maps, decoded_from_outside_equal_what_the_guest_prints_line_by_line) {
    expect_equal_maps(MmuKind::Own);
}

TEST(maps, decoded_from_outside_equal_what_the_guest_prints_under_unicorns_mmu) {
    expect_equal_maps(MmuKind::Unicorn);
}

}  // namespace
}  // namespace mmscope::test
