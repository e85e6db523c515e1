// SPDX-License-Identifier: GPL-2.0-or-later
// Rows S: the stack grows down to where it is touched.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

Object stack_of(const Moment& now) {
    return now.vma(self(now), 0xBFFFFFFF);
}

/// What the stack area and its counters were.
struct Stack {
    uint32_t start = 0, pgoff = 0, total_vm = 0, stack_vm = 0;
    explicit Stack(const Moment& now)
        : start(stack_of(now).u32("vm_start")),
          pgoff(stack_of(now).u32("vm_pgoff")),
          total_vm(mm_of(now).u32("total_vm")),
          stack_vm(is_2_4() ? 0 : mm_of(now).u32("stack_vm")) {}  // 2.4 does not count it
    Stack() = default;
};

void expect_growth(const Stack& before, const Stack& after, uint32_t pages) {
    EXPECT_EQ(after.start, before.start - pages * kPageSize);
    EXPECT_EQ(after.pgoff, before.pgoff - pages);
    EXPECT_EQ(after.total_vm, before.total_vm + pages);
    EXPECT_EQ(after.stack_vm, before.stack_vm + by_series(0u, pages));
}

TEST(Row, S01_a_push_below_the_area_lowers_its_start) {
    Row row;
    Stack before;
    row.at(1, [&](const Moment& now) {
        before = Stack(now);
        EXPECT_EQ(before.start, now.number("start"));
    });
    row.at(2, [&](const Moment& now) {
        expect_growth(before, Stack(now), 5);
        EXPECT_NE(now.pte(self(now), before.start - 5 * kPageSize) & kPresent, 0u);
        for (uint32_t page = 1; page <= 4; ++page)
            EXPECT_EQ(now.pte(self(now), before.start - page * kPageSize), 0u) << page;
    });
    row.run();
}

TEST(Row, S02_the_slack_below_esp_is_what_pusha_writes) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(Stack(now).start, now.number("start")); });
    row.at(2, [](const Moment& now) { EXPECT_EQ(Stack(now).start, now.number("touched") & kPageMask); });
    row.run();
}

TEST(Row, S03_the_slack_below_esp_ends_with_the_largest_frame) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(Stack(now).start, now.number("start")); });
    row.at(2, [](const Moment& now) { EXPECT_EQ(Stack(now).start, now.number("touched") & kPageMask); });
    row.run();
}

TEST(Row, S04_the_stack_does_not_grow_beyond_its_limit) {
    Row row;
    Stack before;
    row.at(1, [&](const Moment& now) { before = Stack(now); });
    row.at(2, [&](const Moment& now) { expect_growth(before, Stack(now), 0); });
    row.at(3, [&](const Moment& now) { EXPECT_EQ(Stack(now).start, 0xC0000000u - 512 * 1024); });
    row.run();
}

TEST(Row, S05_the_kernel_may_write_far_below_esp) {
    Row row;
    Stack before;
    row.at(1, [&](const Moment& now) { before = Stack(now); });
    row.at(2, [&](const Moment& now) { expect_growth(before, Stack(now), 100); });
    row.run();
}

TEST(Row, S06_growth_counts_as_stack) {
    Row row;
    Stack before;
    uint32_t anon_vma = 0;
    row.at(1, [&](const Moment& now) {
        before = Stack(now);
        anon_vma = stack_of(now).u32("anon_vma");
        EXPECT_NE(anon_vma, 0u) << "the arguments were written by exec";
    });
    row.at(2, [&](const Moment& now) {
        expect_growth(before, Stack(now), 9);
        EXPECT_EQ(stack_of(now).u32("anon_vma"), anon_vma);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
