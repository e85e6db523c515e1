// SPDX-License-Identifier: GPL-2.0-or-later
// Row N08: an area whose pages are not in the order of their file.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

Object vma_of(const Moment& now) {
    return now.vma(now.number("self"), now.number("at"));
}

TEST(Row, N08_a_nonlinear_area_is_in_the_list_and_not_in_the_tree) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object vma = vma_of(now), mapping = vma.target("vm_file.f_mapping");
        EXPECT_EQ(vma.u32("vm_flags") & kVmNonlinear, 0u);
        EXPECT_EQ(mapping.u32("i_mmap.prio_tree_node"), vma.at("shared.prio_tree_node").address());
        EXPECT_EQ(mapping.u32("i_mmap_nonlinear.next"), mapping.at("i_mmap_nonlinear").address());
    });
    row.at(2, [](const Moment& now) {
        const Object vma = vma_of(now), mapping = vma.target("vm_file.f_mapping");
        EXPECT_EQ(vma.u32("vm_flags") & kVmNonlinear, kVmNonlinear);
        EXPECT_EQ(mapping.u32("i_mmap.prio_tree_node"), 0u);
        EXPECT_EQ(mapping.u32("i_mmap_nonlinear.next"), vma.at("shared.vm_set.list").address());
        EXPECT_EQ(mapping.u32("i_mmap_nonlinear.prev"), vma.at("shared.vm_set.list").address());
        const uint32_t pid = now.number("self"), at = now.number("at");
        EXPECT_EQ(now.page_at(pid, at).u32("index"), 2u);
        if (since(Edition::v2_6_28)) {
            EXPECT_EQ(now.pte(pid, at + kPageSize), kFileEntry | 3 << 1);  // not filled yet: page 3
        } else {
            EXPECT_EQ(now.page_at(pid, at + kPageSize).u32("index"), 3u);  // it was at hand
        }
        EXPECT_EQ(now.page_at(pid, at + 2 * kPageSize).u32("index"), 2u);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
