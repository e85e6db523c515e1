// SPDX-License-Identifier: GPL-2.0-or-later
// What the fuzzers once found, and what they start from, through the same functions: without clang, too.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/seeds.h"

namespace mmscope::test {
namespace {

struct CorpusTarget {
    std::string_view name;
    void (*run)(std::string_view input);
    friend void PrintTo(const CorpusTarget& target, std::ostream* out) { *out << target.name; }
};

class FuzzCorpus : public testing::TestWithParam<CorpusTarget> {};

TEST_P(FuzzCorpus, is_read_or_refused) {
    size_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(FUZZ_CORPUS) / GetParam().name)) {
        std::ostringstream bytes;
        bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        SCOPED_TRACE(entry.path().string());
        GetParam().run(bytes.str());
        ++files;
    }
    for (const FuzzSeed& seed : make_fuzz_seeds()) {
        if (seed.target == GetParam().name) GetParam().run(seed.bytes);
    }
    EXPECT_GT(files, 0u);
}

INSTANTIATE_TEST_SUITE_P(Target, FuzzCorpus,
                         testing::Values(CorpusTarget{"config", fuzz_config}, CorpusTarget{"gdb", fuzz_gdb},
                                         CorpusTarget{"image", fuzz_image},
                                         CorpusTarget{"monitor", fuzz_monitor},
                                         CorpusTarget{"restore", fuzz_restore},
                                         CorpusTarget{"snapshot", fuzz_snapshot},
                                         CorpusTarget{"trace", fuzz_trace}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace mmscope::test
