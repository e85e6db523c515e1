// SPDX-License-Identifier: GPL-2.0-or-later
// fuzz_seeds FOLDER: writes FOLDER/TARGET/seed-NAME for each seed.
#include <filesystem>
#include <fstream>

#include "tests/fuzz/seeds.h"

int main(int count, char** arguments) {
    if (count != 2) return 2;
    for (const auto& seed : mmscope::test::make_fuzz_seeds()) {
        const auto folder = std::filesystem::path(arguments[1]) / seed.target;
        std::filesystem::create_directories(folder);
        std::ofstream file(folder / ("seed-" + seed.name), std::ios::binary);
        if (!(file << seed.bytes)) return 1;
    }
}
