// SPDX-License-Identifier: GPL-2.0-or-later
// What the guest's bench program (guest/user/bench/bench.h) says and shows, run on a machine inside this
// process: instructions are exact and the same each time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mmscope::test {

/// An operation of the kernel that the program measured.
struct Operation {
    std::string name;
    uint32_t count = 0;         // how often it was done
    uint32_t events = 0;        // how often the kernel says that it did what the name says
    uint64_t instructions = 0;  // of the guest, for all of them together
};

/// Boots bench=`part`, on a machine of 16 MiB if `swap_image` (a file with an empty swap area) is not empty.
/// In the order they ran; empty, with what the guest printed, if it did not get to its end.
std::vector<Operation> run_operations(const std::string& part, const std::string& swap_image = "");

/// Whether the kernel checks its address spaces after each system call that changes one (MMSCOPE_DEBUG_VM).
/// That is in all of these numbers.
bool kernel_checks_itself();

/// vm_stat.find_vma_calls and its neighbours, over some time.
struct Lookups {
    uint32_t calls = 0, hits = 0;  // hits: mmap_cache was the answer
    uint32_t steps = 0;            // in the tree, of those that were none
    [[nodiscard]] double hit_ratio() const { return calls ? static_cast<double>(hits) / calls : 0; }
    [[nodiscard]] double mean_steps() const {
        return calls > hits ? static_cast<double>(steps) / (calls - hits) : 0;
    }
};

/// find_vma among many areas, as the guest counts, and the tree as it stands in memory.
struct FindVma {
    Lookups scattered;    // each area of the arena once, no neighbours in turn
    Lookups neighbours;   // one page after the other, four pages to an area, by page faults
    uint32_t worst = 0;   // the most steps that a look-up has taken
    uint32_t areas = 0;   // in the arena
    uint32_t depth = 0;   // of the deepest of them; the root's is 1
    uint64_t depths = 0;  // of all of them: the steps that finding each once takes
};
/// None, with what the guest printed, if it did not get there.
std::optional<FindVma> run_find_vma();

/// All look-ups from power-on to the end of the tour.
Lookups run_tour_lookups();

}  // namespace mmscope::test
