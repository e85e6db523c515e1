// SPDX-License-Identifier: GPL-2.0-or-later
// emu trace on traces of the real tour: the same answers as the run itself gave, from every format.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

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
