// SPDX-License-Identifier: GPL-2.0-or-later
// row_test [--edition=VERSION] [--gtest_...]: without a filter, all rows that rows.txt has for the edition,
// but for those that pending.txt still owes it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/rows/edition.h"

namespace mmscope::test {
namespace {

constexpr std::array<std::string_view, 4> kVersions = {"2.4.0", "2.4.18", "2.6.11", "2.6.28"};
Edition chosen = Edition::v2_6_28;

/// Row -> the digits behind it, of rows.txt or pending.txt.
std::map<std::string, std::string> editions_in(const char* path) {
    std::map<std::string, std::string> rows;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string row, editions;
        if (words >> row >> editions) rows[row] += editions;
    }
    return rows;
}

bool lists(const std::map<std::string, std::string>& rows, const std::string& row) {
    const auto found = rows.find(row);
    return found != rows.end() && found->second.find(edition_digit()) != std::string::npos;
}

/// What rows.txt says of a test itself goes before what it says of its row.
bool is_for_edition(const std::map<std::string, std::string>& rows, const std::string& test) {
    return lists(rows, rows.contains(test) ? test : test.substr(0, 3));
}

/// The tests of this binary that the edition has to pass, as a filter.
std::string due_tests() {
    const auto rows = editions_in(ROWS_TXT), pending = editions_in(PENDING_TXT);
    std::string filter;
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        const testing::TestSuite& suite = *all.GetTestSuite(i);
        for (int j = 0; j < suite.total_test_count(); ++j) {
            const std::string name = suite.GetTestInfo(j)->name();
            if (is_for_edition(rows, name) && !lists(pending, name.substr(0, 3)))
                filter += std::string(suite.name()) + "." + name + ":";
        }
    }
    return filter;
}

/// False: there is no such edition.
bool choose(std::string_view version) {
    const auto found = std::ranges::find(kVersions, version);
    if (found == kVersions.end()) return false;
    chosen = static_cast<Edition>(found - kVersions.begin());
    return true;
}

}  // namespace

Edition edition() {
    return chosen;
}
std::string_view edition_version() {
    return kVersions[static_cast<size_t>(chosen)];
}
char edition_digit() {
    return static_cast<char>('1' + static_cast<int>(chosen));
}
std::string edition_kernel() {
    return std::string(KERNEL_FOLDER "/kernel-") + std::string(edition_version()) + ".elf";
}

}  // namespace mmscope::test

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with("--edition=") && mmscope::test::choose(argument.substr(10))) continue;
        std::fprintf(stderr, "row_test: what is %s?\n", argv[i]);
        return 2;
    }
    if (GTEST_FLAG_GET(filter) == "*") GTEST_FLAG_SET(filter, mmscope::test::due_tests());
    return RUN_ALL_TESTS();
}
