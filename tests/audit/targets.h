// SPDX-License-Identifier: GPL-2.0-or-later
// Which words of a machine's RAM are of which kind, for damage at random.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/audit/lab.h"

namespace mmscope::test {

/// A class of words.
struct Target {
    std::string name;
    std::vector<PhysAddr> words;
};

/// Descriptors, tree nodes, links, counters, entries of page tables, the map of frames, slabs: of everything
/// that lives on the machine. A word may be of several classes.
std::vector<Target> corruption_targets(const Lab& lab);

}  // namespace mmscope::test
