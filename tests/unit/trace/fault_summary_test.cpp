// SPDX-License-Identifier: GPL-2.0-or-later
// Counts and their order.
#include "trace/fault_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mmscope::test {
namespace {

using Row = FaultSummary::Row;
using ::testing::ElementsAre;

FaultRecord record(FaultKind kind, uint32_t pid, std::string comm, std::optional<uint64_t> ns) {
    FaultRecord r;
    r.begin = {};
    r.kind = kind;
    r.task.pid = pid + 100;
    r.task.tgid = pid;
    r.task.comm = std::move(comm);
    r.duration_ns = ns;
    return r;
}

TEST(FaultSummary, rows_stand_by_count_and_then_by_name) {
    FaultSummary summary;
    FaultRecord heap = record(FaultKind::DemandZero, 3, "tour", 100);
    heap.vma.emplace().name = "[heap]";
    FaultRecord map = record(FaultKind::CowReuse, 2, "init", 10);
    map.vma.emplace().start = LinearAddr(0x40000000);
    map.vma->end = LinearAddr(0x40003000);
    FaultRecord wild = record(FaultKind::SegvMap, 3, "tour", std::nullopt);
    FaultRecord kernel = record(FaultKind::VmallocSync, 3, "tour", 1);
    kernel.begin.cr2 = LinearAddr(0xC8800000);
    for (const FaultRecord& r : {heap, wild, map, heap, kernel})
        summary.add(r);

    EXPECT_EQ(summary.total(), 5u);
    EXPECT_THAT(summary.by_kind(), ElementsAre(Row{"demand_zero", 2, 200}, Row{"cow_reuse", 1, 10},
                                               Row{"segv_map", 1, 0}, Row{"vmalloc_sync", 1, 1}));
    EXPECT_THAT(summary.by_process(), ElementsAre(Row{"3 (tour)", 4, 201}, Row{"2 (init)", 1, 10}));
    EXPECT_THAT(summary.by_vma(), ElementsAre(Row{"[heap]", 2, 200}, Row{"40000000-40003000", 1, 10},
                                              Row{"kernel", 1, 1}, Row{"no vma", 1, 0}));
}

TEST(FaultSummary, the_table_folds_what_does_not_fit) {
    FaultSummary summary;
    for (uint32_t pid = 1; pid <= 5; ++pid)
        summary.add(record(FaultKind::FileRead, pid, "p", 1000));
    const std::string text = summary.render(2);
    EXPECT_NE(text.find("page faults: 5\n"), std::string::npos);
    EXPECT_NE(text.find("    1 (p)                                          1            1.0\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("    (3 more)                                       3            3.0\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("3 (p)"), std::string::npos);
}

TEST(FaultSummary, nothing_counted_is_one_line) {
    EXPECT_EQ(FaultSummary().render(), "page faults: 0\n");
}

}  // namespace
}  // namespace mmscope::test
