// SPDX-License-Identifier: GPL-2.0-or-later
// emu trace on traces of the real tour: the same answers as the run itself gave, from every format.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

ChildResult emu_trace(const std::vector<std::string>& words) {
    std::vector<std::string> command = {EMU, "trace"};
    command.insert(command.end(), words.begin(), words.end());
    return run_program(command);
}

/// Runs the tour with many events; yields the summary as JSON.
nlohmann::json trace_tour(const std::string& file) {
    const ChildResult run =
        run_program({EMU, DEFAULT_CONFIG, "--headless", "--json", "--trace", file, "--set",
                     "trace.events=['fault', 'vma.*', 'mm.get', 'mm.put', 'tlb.invalidate']"});
    EXPECT_EQ(run.status, 0) << describe(run);
    return nlohmann::json::parse(run.err.substr(run.err.find("{\"schema")));
}

TEST(emu_trace, cat_and_summary_say_the_same_of_every_format) {
    const TemporaryFolder folder;
    std::string rows, tables;
    for (const char* format : {"jsonl", "csv", "sqlite", "jsonl.zst", "csv.zst", "sqlite.zst"}) {
        const std::string file = folder.path(fmt::format("t.{}", format));
        const nlohmann::json report = trace_tour(file);
        const ChildResult cat = emu_trace({"cat", file}), summary = emu_trace({"summary", file});
        EXPECT_EQ(cat.status, 0) << describe(cat);
        EXPECT_EQ(cat.err, "");
        for (const auto& kind : report["faults"]["by_kind"]) {
            EXPECT_THAT(summary.out,
                        HasSubstr(fmt::format("    {:<38} {:>9} ", kind["name"].get<std::string>(),
                                              kind["count"].get<int>())));
        }
        const std::string without_name = summary.out.substr(summary.out.find('\n'));
        if (rows.empty()) {
            rows = cat.out;
            tables = without_name;
        }
        EXPECT_TRUE(cat.out == rows) << format << ": the rows differ";
        EXPECT_EQ(without_name, tables) << format;
    }
    EXPECT_GT(std::ranges::count(rows, '\n'), 500);
}

TEST(emu_trace, a_viewer_gets_a_track_for_each_process_and_counters_of_its_pages) {
    const TemporaryFolder folder;
    const std::string file = folder.path("t.json");
    trace_tour(file);
    std::map<std::string, int> counters;
    std::set<std::string> names;
    const auto trace = nlohmann::json::parse(read_text(file));
    for (const auto& event : trace["traceEvents"]) {
        if (event["ph"] == "C" && event["pid"] == 9) counters[event["name"]] = event["args"]["pages"];
        if (event["ph"] == "M") names.insert(event["args"]["name"]);
    }
    EXPECT_GT(counters["rss"], 10);
    EXPECT_GT(counters["total_vm"], counters["rss"]);
    EXPECT_THAT(names, testing::IsSupersetOf({"kernel", "init", "tour"}));
}

TEST(emu_trace, where_chooses_and_a_plot_has_what_was_chosen) {
    const TemporaryFolder folder;
    const std::string file = folder.path("t.jsonl"), picture = folder.path("p.svg");
    trace_tour(file);
    const ChildResult some = emu_trace({"cat", file, "--where", "kind=cow_* and pid=9"});
    std::ifstream lines(file);
    size_t expected = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto record = nlohmann::json::parse(line);
        expected += record.value("pid", 0) == 9 && record.value("kind", "").starts_with("cow_");
    }
    EXPECT_GT(expected, 10u);
    EXPECT_EQ(static_cast<size_t>(std::ranges::count(some.out, '\n')), expected);

    const ChildResult plot = emu_trace({"plot", file, picture, "--where", "kind=cow_* and pid=9"});
    EXPECT_EQ(plot.out, fmt::format("{}: {} page faults\n", picture, expected)) << describe(plot);
    EXPECT_THAT(read_text(picture), HasSubstr(fmt::format("{} page faults, ", expected)));
}

/// Two faults and a call by hand.
std::string small_trace() {
    return R"({"event":"header","schema":"mmscope.trace","version":2,"kernel":"0","edition":"2.6.28"})"
           "\n"
           R"({"event":"fault","sequence":0,"time_ns":1500000,"pid":9,"tgid":9,"comm":"tour","cr2":"0x40000000",)"
           R"("vma":{"start":"0x40000000","end":"0x40001000","name":""},"kind":"demand_zero","duration_ns":2500})"
           "\n"
           R"({"event":"fault","sequence":1,"time_ns":2500001,"pid":1,"tgid":1,"comm":"init","cr2":"0xc8000000",)"
           R"("instruction":"mov eax, 1","kind":"vmalloc_sync","duration_ns":100})"
           "\n"
           R"({"event":"fault","sequence":2,"time_ns":2600000,"pid":9,"tgid":9,"comm":"tour","cr2":"0x40000000",)"
           R"("vma":{"start":"0x40000000","end":"0x40001000","name":""},"kind":"demand_zero","duration_ns":500})"
           "\n"
           R"({"event":"vma.map","time_ns":3000000,"pid":9,"tgid":9,"comm":"tour","result":"0x40000000"})"
           "\n"
           R"({"event":"end","records":4,"time_ns":3000000,"instructions":1})"
           "\n";
}

TEST(emu_trace, a_small_trace_is_told_word_for_word) {
    const TemporaryFolder folder;
    const std::string file = folder.write("t.jsonl", small_trace());
    EXPECT_EQ(
        emu_trace({"cat", file}).out,
        "1.500000 ms  9 (tour)  fault  sequence=0 cr2=0x40000000 vma_start=0x40000000 vma_end=0x40001000 "
        "kind=demand_zero duration_ns=2500\n"
        "2.500001 ms  1 (init)  fault  sequence=1 cr2=0xc8000000 instruction=\"mov eax, 1\" "
        "kind=vmalloc_sync duration_ns=100\n"
        "2.600000 ms  9 (tour)  fault  sequence=2 cr2=0x40000000 vma_start=0x40000000 vma_end=0x40001000 "
        "kind=demand_zero duration_ns=500\n"
        "3.000000 ms  9 (tour)  vma.map  result=0x40000000\n");
    const auto title = [](const char* name, const char* unit) {
        return fmt::format("  {:<40} {:>9}     virtual us\n", name, unit);
    };
    const auto row = [](const char* name, int count, const char* us) {
        return fmt::format("    {:<38} {:>9} {:>14}\n", name, count, us);
    };
    EXPECT_EQ(emu_trace({"summary", file}).out,
              file + ":\n" + title("events", "records") + row("fault", 3, "3.1") + row("vma.map", 1, "0.0") +
                  title("page faults by kind", "faults") + row("demand_zero", 2, "3.0") +
                  row("vmalloc_sync", 1, "0.1") + title("page faults by process", "faults") +
                  row("9 (tour)", 2, "3.0") + row("1 (init)", 1, "0.1") +
                  title("page faults by area", "faults") + row("0x40000000-0x40001000", 2, "3.0") +
                  row("kernel", 1, "0.1"));
    const ChildResult few = emu_trace({"cat", file, "--where", "time_ns<=2500001 and time_ns>1500000"});
    EXPECT_EQ(std::ranges::count(few.out, '\n'), 1) << few.out;
}

TEST(emu_trace, a_person_at_a_terminal_sees_how_far_it_is_and_nobody_else) {
    const TemporaryFolder folder;
    const std::string small = small_trace();
    const size_t second = small.find('\n') + 1, third = small.find('\n', second) + 1;
    std::string lines = small.substr(0, second);
    for (int i = 0; i < 40'000; ++i)
        lines += small.substr(second, third - second);
    const std::string file = folder.write("t.jsonl", lines + small.substr(small.rfind("{\"event\":\"end\"")));
    EXPECT_EQ(emu_trace({"summary", file}).err, "");
    const ChildResult seen = run_program(
        {"/bin/bash", "-c", fmt::format("{} trace summary {} 2> /dev/tty | wc -l > /dev/null", EMU, file)},
        {.input = ChildInput::Terminal});
    EXPECT_THAT(seen.out, testing::ContainsRegex("\r.################.*[.][.][.]. +4[0-2] %"));
    EXPECT_THAT(seen.out, testing::EndsWith("\r" + std::string(60, ' ') + "\r"));
}

TEST(emu_trace, bad_usage_and_bad_files_end_with_2_and_say_why) {
    const TemporaryFolder folder;
    const auto refused = [](const std::vector<std::string>& words) {
        const ChildResult result = emu_trace(words);
        EXPECT_EQ(result.status, 2) << describe(result);
        return result.err;
    };
    EXPECT_THAT(refused({}), HasSubstr("usage:\nemu trace summary FILE"));
    EXPECT_THAT(refused({"paint", "x.csv"}), HasSubstr("usage:"));
    EXPECT_THAT(refused({"cat", folder.path("absent.csv")}), HasSubstr("absent.csv: No such file"));
    EXPECT_THAT(refused({"cat", folder.write("x.csv", "hello\n")}), HasSubstr("x.csv:1: not a trace of emu"));
    EXPECT_THAT(refused({"cat", "x.csv", "--where", "pid"}), HasSubstr("expected KEY=VALUE"));
    EXPECT_THAT(refused({"plot", "x.csv", "x.gif"}), HasSubstr("its name ends in .svg"));
    EXPECT_THAT(emu_trace({"--help"}).out, HasSubstr("heat map"));
}

TEST(emu_trace, a_trace_that_was_cut_short_is_read_and_said_to_be) {
    const TemporaryFolder folder;
    const std::string file = folder.path("t.jsonl");
    trace_tour(file);
    const std::string whole = read_text(file);
    const std::string cut = folder.write("cut.jsonl", whole.substr(0, whole.rfind("{\"event\":\"end\"")));
    const ChildResult result = emu_trace({"summary", cut});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("cut short, it has no end"));
}

}  // namespace
}  // namespace mmscope::test
