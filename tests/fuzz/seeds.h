// SPDX-License-Identifier: GPL-2.0-or-later
// Inputs that are made by what writes such files today: a corpus of them would age with each version.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mmscope::test {

struct FuzzSeed {
    std::string_view target;
    std::string name, bytes;
};

std::vector<FuzzSeed> make_fuzz_seeds();

}  // namespace mmscope::test
