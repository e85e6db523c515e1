// SPDX-License-Identifier: GPL-2.0-or-later
// Row U05: when the mmap area grows upwards from a third of the user space.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kUnmappedBase = 0x40000000;

TEST(Row, U05_the_old_layout_by_personality_or_unlimited_stack) {
    Row row;
    row.options.command_line = kFirstIsTheFirst;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(now.function(mm.u32("get_unmapped_area")), "arch_get_unmapped_area_topdown");
        EXPECT_EQ(now.number("second"), now.number("first") - 2 * kPageSize);
    });
    for (uint32_t life : {2u, 3u}) {
        row.at(life, [](const Moment& now) {
            const Object mm = now.mm(now.number("self"));
            EXPECT_EQ(mm.u32("mmap_base"), kUnmappedBase);
            EXPECT_EQ(now.function(mm.u32("get_unmapped_area")), "arch_get_unmapped_area");
            EXPECT_EQ(now.function(mm.u32("unmap_area")), "arch_unmap_area");
            EXPECT_EQ(now.number("first"), kUnmappedBase);
            EXPECT_EQ(now.number("second"), kUnmappedBase + 2 * kPageSize);
        });
    }
    row.run();
}

}  // namespace
}  // namespace mmscope::test
