// SPDX-License-Identifier: GPL-2.0-or-later
// The summary of a run: whole tables, so that a difference shows.
#include "app/run_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trace/fault_summary.h"

namespace mmscope {
namespace {

RunReport sample() {
    RunReport report;
    report.end = "the guest shut down";
    report.time = VirtualTime{1'234'567'890};
    report.instructions = 42;
    report.wall_seconds = 0.5;
    report.page_faults = 3;
    report.tlb = {10, 4, 2, 1};
    report.tlb_by_process = {{"7 (tour)", {8, 3, 1, 1}}, {"0 (kernel)", {2, 1, 1, 0}}};
    return report;
}

TEST(run_report, the_text_is_a_few_lines_and_a_table) {
    EXPECT_EQ(report_text(sample()),
              "emu: the guest shut down\n"
              "virtual time 1.234567 s, 42 instructions\n"
              "wall time 0.500 s\n"
              "page faults 3 (--trace FILE sorts them)\n"
              "TLB                                fills   re-fills    flushes invalidations\n"
              "  all                                 10          4          2             1\n"
              "  7 (tour)                             8          3          1             1\n"
              "  0 (kernel)                           2          1          1             0\n");
}

TEST(run_report, fills_that_were_not_seen_are_unknown_and_not_zero) {
    RunReport report = sample();
    report.tlb_sees_fills = false;
    EXPECT_THAT(
        report_text(report),
        testing::HasSubstr("  all                                  -          -          2             1\n"));
    EXPECT_THAT(report_json(report),
                testing::HasSubstr("\"tlb\":{\"fills\":null,\"refills\":null,\"flushes\":2"));
}

TEST(run_report, many_processes_end_in_one_line_for_the_rest) {
    RunReport report = sample();
    report.tlb_by_process.assign(15, {"1 (sh)", {1, 2, 3, 4}});
    EXPECT_THAT(
        report_text(report),
        testing::HasSubstr("  3 other processes                    3          6          9            12\n"));
}

TEST(run_report, sorted_faults_stand_in_the_text_and_in_the_json) {
    FaultSummary faults;
    FaultRecord record;
    record.kind = FaultKind::CowCopy;
    record.task.pid = record.task.tgid = 7;
    record.task.comm = "tour";
    faults.add(record);
    RunReport report = sample();
    report.faults = &faults;
    EXPECT_THAT(report_text(report), testing::HasSubstr(faults.render(12)));
    EXPECT_THAT(report_json(report),
                testing::HasSubstr("\"by_kind\":[{\"name\":\"cow_copy\",\"count\":1,\"ns\":0}]"));
}

TEST(run_report, the_json_is_one_line_with_schema_and_version) {
    const std::string expected =
        R"j({"schema":"mmscope.summary","version":1,"end":"the guest shut down","exit_status":0,)j"
        R"j("virtual_ns":1234567890,"instructions":42,"wall_seconds":0.5,"page_faults":3,"faults":null,)j"
        R"j("tlb":{"fills":10,"refills":4,"flushes":2,"invalidations":1,"by_process":[)j"
        R"j({"name":"7 (tour)","fills":8,"refills":3,"flushes":1,"invalidations":1},)j"
        R"j({"name":"0 (kernel)","fills":2,"refills":1,"flushes":1,"invalidations":0}]},"trace":""})j";
    EXPECT_EQ(report_json(sample()), expected + "\n");
}

}  // namespace
}  // namespace mmscope
