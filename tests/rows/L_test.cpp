// SPDX-License-Identifier: GPL-2.0-or-later
// Rows L: the life cycle of a memory descriptor and its two counters.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

TEST(Row, L03_two_processes_share_one_mm) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("mm_users"), 2u);
        EXPECT_EQ(mm.u32("mm_count"), 1u);
        EXPECT_EQ(now.task(now.number("other")).u32("mm"), mm.address());
    });
    row.at(2, [](const Moment& now) { EXPECT_EQ(now.mm(now.number("self")).u32("mm_users"), 1u); });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
