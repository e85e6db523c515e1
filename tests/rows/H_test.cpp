// SPDX-License-Identifier: GPL-2.0-or-later
// Rows H: the counters of a descriptor.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

void expect_counters_of_page_tables(const Moment& now) {
    const Object mm = mm_of(now);
    const Resident resident = count_frames(now, mm, now.areas(self(now)));
    EXPECT_EQ(anon_rss(mm), resident.anon);
    EXPECT_EQ(file_rss(mm), resident.file);
}

TEST(Row, H02_resident_frames_are_counted_as_anonymous_or_of_files) {
    Row row;
    uint32_t anon = 0, file = 0;
    row.at(1, [&](const Moment& now) {
        expect_counters_of_page_tables(now);
        anon = anon_rss(mm_of(now));
        file = file_rss(mm_of(now));
    });
    row.at(2, [&](const Moment& now) {
        expect_counters_of_page_tables(now);
        EXPECT_EQ(anon_rss(mm_of(now)), anon + 1);
        EXPECT_EQ(file_rss(mm_of(now)), file - 1);
    });
    row.run();
}

TEST(Row, H03_total_vm_is_the_sum_of_the_areas) {
    Row row;
    const auto expect_sum = [](const Moment& now, uint32_t pid) {
        uint32_t pages = 0;
        for (const VmaModel& area : now.areas(pid))
            pages += (area.end - area.start) >> kPageShift;
        EXPECT_EQ(now.mm(pid).u32("total_vm"), pages);
    };
    for (const uint32_t id : {1u, 2u})
        row.at(id, [&](const Moment& now) { expect_sum(now, self(now)); });
    row.at(3, [&](const Moment& now) {
        expect_sum(now, self(now));
        expect_sum(now, now.number("child"));
    });
    row.run();
}

/// The last value of a line of /proc/PID/status, in kB.
uint32_t last_in_status(std::string_view serial, const std::string& name) {
    const size_t at = serial.rfind("\n" + name + ":");
    if (at == std::string::npos) return ADD_FAILURE() << "no line " << name, kUnreadable;
    return static_cast<uint32_t>(std::stoul(std::string(serial.substr(at + name.size() + 2))));
}

uint32_t rss_of(const Object& mm) {
    return anon_rss(mm) + file_rss(mm);
}

TEST(Row, H04_peaks_stay_and_are_never_below_what_is) {
    Row row;
    uint32_t rss = 0, total_vm = 0, hiwater_rss = 0, hiwater_vm = 0;
    row.watch(1, 4, 100'000, [&](const Moment& now) {
        const Object mm = mm_of(now);
        if (mm.u32("page_table_lock.serving") != mm.u32("page_table_lock.next")) return;
        EXPECT_GE(mm.u32("hiwater_rss"), hiwater_rss) << "it sank";
        EXPECT_GE(mm.u32("hiwater_vm"), hiwater_vm);
        hiwater_rss = mm.u32("hiwater_rss");
        hiwater_vm = mm.u32("hiwater_vm");
    });
    const auto expect_leads = [](const Object& mm) {
        EXPECT_GE(mm.u32("hiwater_rss"), mm.u32("rss"));
        EXPECT_GE(mm.u32("hiwater_vm"), mm.u32("total_vm"));
    };
    row.at(1, [&](const Moment& now) {
        expect_leads(mm_of(now));
        rss = mm_of(now).u32("rss");
        total_vm = mm_of(now).u32("total_vm");
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = mm_of(now);
        EXPECT_GE(mm.u32("rss"), rss + 100);
        EXPECT_EQ(mm.u32("total_vm"), total_vm + 100);
        expect_leads(mm);
        rss = mm.u32("hiwater_rss");
        total_vm = mm.u32("hiwater_vm");
    });
    row.at(3, [&](const Moment& now) {
        const Object mm = mm_of(now);
        EXPECT_LE(mm.u32("rss"), rss - 100);
        EXPECT_LE(mm.u32("total_vm"), total_vm - 100);
        EXPECT_EQ(mm.u32("hiwater_rss"), rss);
        EXPECT_EQ(mm.u32("hiwater_vm"), total_vm);
    });
    row.at(4, [&](const Moment& now) { expect_leads(mm_of(now)); });
    row.run();
}

TEST(Row, H05_peaks_are_recorded_when_something_shrinks) {
    Row row;
    uint32_t rss = 0, total_vm = 0;
    const auto expect_shown_peaks = [&](const Moment& now) {
        const Object mm = mm_of(now);
        EXPECT_EQ(last_in_status(now.serial, "VmHWM"), std::max(mm.u32("hiwater_rss"), rss_of(mm)) * 4);
        EXPECT_EQ(last_in_status(now.serial, "VmPeak"),
                  std::max(mm.u32("hiwater_vm"), mm.u32("total_vm")) * 4);
    };
    row.at(2, [&](const Moment& now) {
        rss = rss_of(mm_of(now));
        total_vm = mm_of(now).u32("total_vm");
        EXPECT_LT(mm_of(now).u32("hiwater_rss"), rss) << "nothing has shrunk yet";
        expect_shown_peaks(now);
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("hiwater_rss"), rss);
        EXPECT_EQ(mm_of(now).u32("hiwater_vm"), total_vm);
        EXPECT_EQ(rss_of(mm_of(now)), rss - 100);
        expect_shown_peaks(now);
    });
    row.run();
}

TEST(Row, H06_a_child_begins_with_its_own_peaks) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object parent = mm_of(now), child = now.mm(now.number("child"));
        EXPECT_GE(parent.u32("hiwater_rss"), rss_of(parent) + 190);
        EXPECT_EQ(child.u32("hiwater_vm"), child.u32("total_vm"));
        // What it touched since fork comes on top of what it began with.
        EXPECT_LE(child.u32("hiwater_rss"), rss_of(child));
        EXPECT_GT(child.u32("hiwater_rss"), 0u);
        EXPECT_LT(child.u32("hiwater_rss"), parent.u32("hiwater_rss") - 100);
    });
    row.run();
}

TEST(Row, H07_proc_shows_the_counters_by_its_formulas) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = mm_of(now);
        const auto field = [&](const char* name) { return mm.u32(name); };
        const uint32_t exe =
            (((field("end_code") + kPageSize - 1) & kPageMask) - (field("start_code") & kPageMask)) / 1024;
        const uint32_t rss = rss_of(mm);
        const std::vector<std::pair<const char*, uint32_t>> kB = {
            {"VmPeak", std::max(field("hiwater_vm"), field("total_vm")) * 4},
            {"VmSize", (field("total_vm") - field("reserved_vm")) * 4},
            {"VmLck", field("locked_vm") * 4},
            {"VmHWM", std::max(field("hiwater_rss"), rss) * 4},
            {"VmRSS", rss * 4},
            {"VmData", (field("total_vm") - field("shared_vm") - field("stack_vm")) * 4},
            {"VmStk", field("stack_vm") * 4},
            {"VmExe", exe},
            {"VmLib", field("exec_vm") * 4 - exe},
            {"VmPTE", field("nr_ptes") * 4},
        };
        for (const auto& [name, value] : kB)
            EXPECT_EQ(last_in_status(now.serial, name), value) << name;
    });
    row.run();
}

TEST(Row, H08_counters_survive_threads_that_fault_at_once) {
    Row row;
    int looks = 0, held = 0;
    row.watch(1, 2, 20'000, [&](const Moment& now) {
        const Object mm = mm_of(now);
        if (mm.u32("page_table_lock.serving") != mm.u32("page_table_lock.next")) {
            ++held;
            return;
        }
        if (++looks % 16 == 0) expect_counters_of_page_tables(now);
    });
    row.at(2, expect_counters_of_page_tables);
    row.run();
    EXPECT_GT(looks, 32);
}

}  // namespace
}  // namespace mmscope::test
