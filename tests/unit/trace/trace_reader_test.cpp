// SPDX-License-Identifier: GPL-2.0-or-later
// What was written is read back; what was damaged is refused or read as far as it makes sense, and nothing
// worse.
#include "trace/read/trace_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "trace/read/row_filter.h"
#include "trace/trace_formats.h"
#include "trace/trace_plot.h"
#include "trace/trace_sink.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

FaultRecord odd_fault(uint64_t sequence) {
    FaultRecord r;
    r.begin = {};
    r.begin.sequence = sequence;
    r.begin.time = VirtualTime{sequence * 1000};
    r.begin.cr2 = LinearAddr(0x40000000 + static_cast<uint32_t>(sequence) * 4096);
    r.task = {LinearAddr(0xC0300000), 7, 7, "a, \"b\" <c>", LinearAddr(0xC0400000)};
    r.vma = VmaModel{};
    r.vma->start = LinearAddr(0x40000000);
    r.vma->end = LinearAddr(0x50000000);
    r.vma->name = "/tmp/x y";
    r.kind = sequence % 2 ? FaultKind::CowCopy : FaultKind::DemandZero;
    r.instruction = "mov dword ptr [eax], ecx";
    r.duration_ns = 12;
    r.symbol = "do_this+0x12";
    r.note = "half, \"way\"";
    return r;
}

EventRecord odd_event() {
    EventRecord r;
    r.event = "vma.unmap";
    r.function = "do_munmap";
    r.time = VirtualTime{5};
    r.task = odd_fault(0).task;
    r.range = {LinearAddr(0x40000000), LinearAddr(0x40001000)};
    r.fields = {{"result", Show::Result, 0xFFFFFFF4, show_value(Show::Result, 0xFFFFFFF4)}};
    return r;
}

class TraceReaderTest : public ::testing::Test {
  protected:
    TraceReaderTest() { std::filesystem::create_directories(folder); }
    ~TraceReaderTest() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] std::string path(std::string_view name) const { return (folder / name).string(); }

    /// Two faults and an event between them.
    std::string write(std::string_view name, bool closed = true) const {
        auto sink = open_trace_sink(path(name), {"0123", "2.6.28"}).value();
        EXPECT_TRUE(sink->write(odd_fault(0)).has_value());
        EXPECT_TRUE(sink->write(odd_event()).has_value());
        EXPECT_TRUE(sink->write(odd_fault(1)).has_value());
        if (closed) {
            EXPECT_TRUE(sink->close({3, VirtualTime{9000}, 10}).has_value());
        }
        return path(name);
    }
    static std::string bytes_of(const std::string& file) {
        std::ostringstream out;
        out << std::ifstream(file, std::ios::binary).rdbuf();
        return out.str();
    }
    static void put(const std::string& file, std::string_view bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
    }

    const std::filesystem::path folder = ::testing::TempDir() + fmt::format("mmscope-reader-{}", ::getpid());
};

std::vector<TraceRow> read_all(const std::string& file, bool* complete = nullptr) {
    auto reader = open_trace(file);
    EXPECT_TRUE(reader.has_value()) << reader.error().message;
    std::vector<TraceRow> rows;
    for (TraceRow row;;) {
        const auto more = (*reader)->next(row);
        EXPECT_TRUE(more.has_value()) << more.error().message;
        if (!more || !*more) break;
        rows.push_back(row);
    }
    EXPECT_GE((*reader)->progress(), 0.99);
    if (complete) *complete = (*reader)->complete();
    return rows;
}

TEST_F(TraceReaderTest, every_format_gives_the_same_rows) {
    const auto expected = read_all(write("t.jsonl"));
    ASSERT_EQ(expected.size(), 3u);
    EXPECT_EQ(expected[0].get("comm"), "a, \"b\" <c>");
    EXPECT_EQ(expected[0].get("cr2"), "0x40000000");
    EXPECT_EQ(expected[0].get("vma_name"), "/tmp/x y");
    EXPECT_EQ(expected[0].get("duration_ns"), "12");
    EXPECT_EQ(expected[0].get("symbol"), "do_this+0x12");
    EXPECT_EQ(expected[0].get("note"), "half, \"way\"");
    EXPECT_EQ(expected[1].get("start"), "0x40000000");
    EXPECT_EQ(expected[1].get("result"), "-ENOMEM");
    EXPECT_EQ(expected[1].get("duration_ns"), "");
    for (const char* name : {"t.csv", "t.sqlite", "t.jsonl.zst", "t.csv.zst", "t.sqlite.zst"}) {
        bool complete = false;
        const auto rows = read_all(write(name), &complete);
        EXPECT_TRUE(complete) << name;
        ASSERT_EQ(rows.size(), expected.size()) << name;
        for (size_t i = 0; i < rows.size(); ++i)
            EXPECT_EQ(rows[i].values, expected[i].values) << name << " row " << i;
    }
    EXPECT_FALSE(std::filesystem::exists(path("t.sqlite.zst.tmp")));
    for (const char* name : {"t.json", "t.json.zst"}) {  // a viewer's format, with less in it
        const auto rows = read_all(write(name));
        ASSERT_EQ(rows.size(), expected.size()) << name;
        for (size_t i = 0; i < rows.size(); ++i) {
            for (const char* key : {"event", "time_ns", "pid", "comm", "cr2", "kind", "start", "result"})
                EXPECT_EQ(rows[i].get(key), expected[i].get(key)) << name << " row " << i << " " << key;
        }
    }
}

TEST_F(TraceReaderTest, several_words_in_a_csvs_details_come_back_and_quotes_in_them_are_single_ones) {
    auto sink = open_trace_sink(path("t.csv"), {"0123", "2.6.28"}).value();
    EventRecord event = odd_event();
    event.fields.push_back({"what", Show::Text, 0, "two \"words\""});
    event.fields.push_back({"then", Show::Number, 7, {}});
    ASSERT_TRUE(sink->write(event).has_value());
    ASSERT_TRUE(sink->close({1, VirtualTime{9000}, 10}).has_value());
    const auto rows = read_all(path("t.csv"));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].get("what"), "two 'words'");
    EXPECT_EQ(rows[0].get("then"), "7");
}

TEST_F(TraceReaderTest, a_trace_without_its_end_is_not_complete) {
    for (const std::string_view format : kTraceFormats) {
        if (format == ".sqlite") continue;  // rows that were not committed are not there
        bool complete = true;
        EXPECT_EQ(read_all(write("t" + std::string(format), false), &complete).size(), 3u) << format;
        EXPECT_FALSE(complete) << format;
    }
}

TEST_F(TraceReaderTest, what_is_no_trace_is_refused_by_name) {
    const auto problem = [&](std::string_view name, std::string_view bytes) {
        put(path(name), bytes);
        auto reader = open_trace(path(name));
        return reader ? "accepted" : reader.error().message;
    };
    EXPECT_THAT(problem("t.txt", "x"), HasSubstr("t.txt: the extension tells the format"));
    EXPECT_THAT(problem("t.jsonl", "{\"schema\":\"other\"}\n"), HasSubstr("t.jsonl:1: not a trace of emu"));
    EXPECT_THAT(problem("t.jsonl", "{\"schema\":\"mmscope.trace\",\"version\":99}\n"),
                HasSubstr("a trace of version 99, this emu reads version"));
    EXPECT_THAT(problem("t.jsonl", ""), HasSubstr("not a trace of emu"));
    EXPECT_THAT(problem("t.csv", "a,b\n"), HasSubstr("t.csv:1: not a trace"));
    EXPECT_THAT(problem("t.sqlite", "no database"), HasSubstr("t.sqlite: "));
    EXPECT_THAT(problem("t.json", "[]"), HasSubstr("t.json:1: not a trace"));
    EXPECT_THAT(problem("t.jsonl.zst", "no frame"), HasSubstr("t.jsonl.zst: Unknown frame descriptor"));
    EXPECT_THAT(problem("t.csv", std::string(3 << 20, 'x')), HasSubstr("longer than 64 KiB"));
    EXPECT_THAT(open_trace(path("absent.csv")).error().message, HasSubstr("No such file"));
    const std::string frames = bytes_of(write("u.jsonl.zst"));
    EXPECT_THAT(problem("cut.jsonl.zst", frames.substr(0, 20)), HasSubstr("ends in the middle of a frame"));
}

/// Reads to the end, whatever it is.
void read_whatever(const std::string& file) {
    auto reader = open_trace(file);
    if (!reader) return;
    TracePlot plot;
    TraceRow row;
    for (int i = 0; i < 1000; ++i) {
        const auto more = (*reader)->next(row);
        if (!more || !*more) return;
        plot.add(row);
        (void)plot.svg();
    }
}

TEST_F(TraceReaderTest, damaged_files_are_refused_or_read_but_never_believed) {
    std::mt19937 random(1);
    for (const char* name : {"t.jsonl", "t.csv", "t.json", "t.sqlite", "t.jsonl.zst"}) {
        const std::string whole = bytes_of(write(name));
        for (int round = 0; round < 300; ++round) {
            std::string damaged = whole;
            for (uint32_t changes = 1 + random() % 4; changes > 0; --changes)
                damaged[random() % damaged.size()] = static_cast<char>(random());
            if (random() % 4 == 0) damaged.resize(random() % damaged.size());
            put(path(name), damaged);
            read_whatever(path(name));
        }
    }
}

void execute(const std::string& file, const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
}

TEST_F(TraceReaderTest, a_database_that_computes_for_ever_is_refused) {
    const std::string file = write("t.sqlite");
    execute(file,
            "DROP TABLE faults; CREATE VIEW faults AS WITH RECURSIVE n(record) AS "
            "(SELECT 1 UNION ALL SELECT record + 1 FROM n) SELECT record FROM n");
    EXPECT_THAT(open_trace(file).error().message, HasSubstr("t.sqlite: "));
    const std::string large = write("u.sqlite");
    execute(large, "ALTER TABLE events ADD COLUMN large AS (zeroblob(100000000))");
    EXPECT_THAT(open_trace(large).error().message, HasSubstr("too big"));
}

TEST_F(TraceReaderTest, json_nested_without_end_is_refused) {
    const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    const auto set_details = [&](const std::string& file, size_t depth) {
        execute(file, fmt::format("UPDATE events SET details = '{{\"a\":{},\"b\":1}}'", nested(depth)));
        return read_all(file).at(1);
    };
    const std::string file = write("t.sqlite");
    EXPECT_EQ(set_details(file, 3).get("b"), "1");
    EXPECT_EQ(set_details(file, 3).get("a"), "");
    EXPECT_EQ(set_details(file, 30'000).get("b"), "");
    put(path("t.jsonl"),
        fmt::format("{{\"schema\":\"{}\",\"version\":{}}}\n{{\"a[[\\\"[\":{}}}\n{{\"a\":{}}}\n", kTraceSchema,
                    kTraceVersion, nested(15), nested(16)));
    const auto reader = open_trace(path("t.jsonl")).value();
    TraceRow row;
    EXPECT_TRUE(reader->next(row).value());
    EXPECT_THAT(reader->next(row).error().message, HasSubstr("t.jsonl:3: not a JSON object"));
}

TEST(RowFilter, conditions_compare_words_and_numbers) {
    TraceRow row;
    row.values = {{"kind", "cow_copy"}, {"pid", "9"}, {"cr2", "0xb7ff0000"}, {"comm", "tour"}};
    const auto fits = [&](std::string_view text) { return RowFilter::parse(text).value().fits(row); };
    EXPECT_TRUE(fits("kind=cow_copy"));
    EXPECT_TRUE(fits("kind=cow_* and pid = 9"));
    EXPECT_TRUE(fits("cr2>=0xb7ff0000 and cr2<0xb7ff0001 and pid<=9 and pid>8"));
    EXPECT_TRUE(fits("comm~ou and absent!=1"));
    EXPECT_FALSE(fits("kind=cow"));
    EXPECT_FALSE(fits("kind=cow_* and pid=10"));
    EXPECT_FALSE(fits("pid!=0x9"));
    EXPECT_FALSE(fits("absent=1"));
    for (const char* not_so : {"pid<9", "pid<=8", "pid>9", "pid>=10", "comm~our_", "pid=9 and pid=8"})
        EXPECT_FALSE(fits(not_so)) << not_so;
    EXPECT_FALSE(fits("comm<3"));
    for (const char* wrong : {"", "kind", "=3", "pid<many", "a=1 and "})
        EXPECT_FALSE(RowFilter::parse(wrong).has_value()) << wrong;
    EXPECT_THAT(RowFilter::parse("pid<many").error().message, HasSubstr("compares numbers, found 'many'"));
}

TEST(TracePlot, there_is_a_tick_for_each_fault_and_a_lane_for_each_process) {
    TracePlot plot;
    TraceRow row;
    for (int i = 0; i < 50; ++i) {
        row.values = {{"event", "fault"},
                      {"time_ns", std::to_string(i * 1000)},
                      {"cr2", fmt::format("0x{:08x}", 0x08048000 + i % 7 * 4096)},
                      {"tgid", i % 2 ? "1" : "2"},
                      {"comm", "<x&y>"},
                      {"kind", i < 48 ? "demand_zero" : "cow_copy"}};
        plot.add(row);
    }
    row.values = {{"event", "vma.map"}, {"time_ns", "1"}, {"cr2", "0x40000000"}};
    plot.add(row);
    const std::string svg = plot.svg();
    EXPECT_EQ(plot.faults(), 50u);
    EXPECT_THAT(svg, HasSubstr("50 page faults, 7 pages, 2 processes"));
    EXPECT_THAT(svg, HasSubstr("2 (&lt;x&amp;y>)"));
    EXPECT_THAT(svg, HasSubstr("0x08048000"));
    size_t ticks = 0;
    for (size_t at = 0; (at = svg.find("width=\"1.0\" height=\"16.0\"", at)) != std::string::npos; ++at)
        ++ticks;
    EXPECT_EQ(ticks, 50u);
    const auto count = [&svg](std::string_view part) {
        size_t found = 0;
        for (size_t at = 0; (at = svg.find(part, at)) != std::string::npos; ++at)
            ++found;
        return found;
    };
    EXPECT_EQ(count("width=\"4.9\" height=\"60.0\""), 50u)
        << "a cell of the map for each fault: no two at once";
    for (int page = 0; page < 7; ++page)
        EXPECT_EQ(count(fmt::format("y=\"{}.0\" width=\"4.9\"", 40 + 60 * page)), page == 6 ? 8u : 7u);
    EXPECT_EQ(count(" ms</text>"), 9u);
    EXPECT_EQ(count("height=\"2.0\" fill=\"#ddd\""), 2u) << "a life for each process";
    EXPECT_EQ(count("width=\"0.0\""), 0u);
    EXPECT_EQ(count("height=\"16.0\" fill=\"#ff7f0e\""), 2u) << "the second kind";
    EXPECT_THAT(svg, HasSubstr(">demand_zero</text>"));
    EXPECT_THAT(svg, HasSubstr(">cow_copy</text>"));
    row.values = {{"event", "fault"}, {"time_ns", "0"}, {"cr2", "0x08048000"}, {"kind", "demand_zero"}};
    plot.add(row);
    EXPECT_THAT(plot.svg(), HasSubstr("#800026")) << "where most is";
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

}  // namespace
}  // namespace mmscope::test
