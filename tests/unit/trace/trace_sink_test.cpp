// SPDX-License-Identifier: GPL-2.0-or-later
// Files of traces: their form, and what is left on disk when writing fails.
#include "trace/trace_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trace/trace_formats.h"

namespace mmscope::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const TraceHeader kHeader{"0123456789abcdef", "2.6.28"};

FaultRecord sample() {
    FaultRecord r;
    r.begin = {};
    r.begin.sequence = 7;
    r.begin.time = VirtualTime{123456};
    r.begin.instructions = 999;
    r.begin.cr2 = LinearAddr(0x08049010);
    r.begin.eip = LinearAddr(0x08048123);
    r.begin.cpl = 3;
    r.begin.error_code = kFaultProtection | kFaultWrite | kFaultUser;
    r.begin.access = Access::Write;
    r.task = {LinearAddr(0xC1000000), 12, 11, "a \"b\",c", LinearAddr(0xC2000000)};
    VmaModel& vma = r.vma.emplace();
    vma.start = LinearAddr(0x08049000);
    vma.end = LinearAddr(0x0804A000);
    vma.flags = 0x3;
    vma.pgoff = 1;
    vma.name = "/bin/tour";
    vma.file = FileModel{.major = 1, .minor = 2, .inode = 3, .size = 4, .path = "/bin/tour"};
    r.kind = FaultKind::CowCopy;
    r.outcome = FaultOutcome::Retried;
    r.entry_before = 0x5025;
    r.entry_after = 0x6067;
    r.frame = PhysAddr(0x6000);
    r.duration_ns = 4321;
    r.instruction = "mov dword ptr [eax], ecx";
    return r;
}

class TraceSinkTest : public ::testing::Test {
  protected:
    TraceSinkTest() {
        std::string name = (std::filesystem::temp_directory_path() / "mmscope-trace-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~TraceSinkTest() override { std::filesystem::remove_all(folder); }
    std::string path(const char* name) const { return (folder / name).string(); }
    static std::vector<std::string> lines(const std::string& file) {
        std::ifstream in(file);
        std::vector<std::string> out;
        for (std::string line; std::getline(in, line);)
            out.push_back(line);
        return out;
    }
    std::filesystem::path folder;
};

TEST_F(TraceSinkTest, jsonl_has_header_records_and_end) {
    auto sink = open_trace_sink(path("t.jsonl"), kHeader).value();
    FaultRecord record = sample();
    ASSERT_TRUE(sink->write(record).has_value());
    record.vma.reset();
    record.entry_after.reset();
    record.frame.reset();
    record.duration_ns.reset();
    record.note = "it\x01\xff";
    ASSERT_TRUE(sink->write(record).has_value());
    ASSERT_TRUE(sink->close({2, VirtualTime{500}, 60}).has_value());

    const auto text = lines(path("t.jsonl"));
    ASSERT_EQ(text.size(), 4u);
    EXPECT_EQ(text[0],
              R"({"event":"header","schema":"mmscope.trace","version":2,"kernel":"0123456789abcdef",)"
              R"("edition":"2.6.28"})");
    EXPECT_EQ(
        nlohmann::ordered_json::parse(text[1]),
        nlohmann::ordered_json::parse(
            R"({"event":"fault","sequence":7,"time_ns":123456,"instructions":999,"pid":12,"tgid":11,)"
            R"("comm":"a \"b\",c","mm":"0xc2000000","cr2":"0x08049010","eip":"0x08048123","cpl":3,)"
            R"("instruction":"mov dword ptr [eax], ecx","access":"write","error_code":7,)"
            R"("error":"protection|write|user","vma":{"start":"0x08049000","end":"0x0804a000",)"
            R"("flags":"read|write","name":"/bin/tour","file":"/bin/tour","offset":4096},"kind":"cow_copy",)"
            R"("outcome":"retried","pte_before":"0x00005025","pte_after":"0x00006067","frame":"0x00006000",)"
            R"("duration_ns":4321})"));
    const auto second = nlohmann::json::parse(text[2]);
    EXPECT_TRUE(second["vma"].is_null());
    EXPECT_TRUE(second["pte_after"].is_null());
    EXPECT_EQ(second["note"], "it\x01\xc3\xbf");  // bytes that are no ASCII become code points
    EXPECT_EQ(text[3], R"({"event":"end","records":2,"time_ns":500,"instructions":60})");
}

TEST_F(TraceSinkTest, csv_has_one_line_a_record_with_as_many_columns_as_its_head) {
    auto sink = open_trace_sink(path("t.csv"), kHeader).value();
    ASSERT_TRUE(sink->write(sample()).has_value());
    FaultRecord bare = sample();
    bare.task.comm = "sh";
    bare.instruction = "push eax";
    bare.vma.reset();
    bare.entry_after.reset();
    bare.note = "one\ntwo";
    ASSERT_TRUE(sink->write(bare).has_value());
    ASSERT_TRUE(sink->close({2, VirtualTime{500}, 60}).has_value());

    const auto text = lines(path("t.csv"));
    ASSERT_EQ(text.size(), 5u);
    EXPECT_EQ(text[0], "# mmscope.trace version=2 kernel=0123456789abcdef edition=2.6.28");
    EXPECT_EQ(
        text[2],
        "fault,7,123456,999,12,11,\"a \"\"b\"\",c\",0xc2000000,0x08049010,0x08048123,3,\"mov dword ptr "
        "[eax], "
        "ecx\",,"
        "write,7,protection|write|user,0x08049000,0x0804a000,read|write,/bin/tour,/bin/tour,4096,cow_copy,"
        "retried,0x00005025,0x00006067,0x00006000,4321,,");
    const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
    EXPECT_EQ(commas(text[3]), commas(text[1])) << text[3];
    EXPECT_THAT(text[3], HasSubstr(",\"one two\","));
    EXPECT_EQ(text[4], "# end records=2 time_ns=500 instructions=60");
    EXPECT_THAT(text[1], StartsWith("event,sequence,time_ns,instructions,pid,tgid,comm,mm,cr2,eip,"));
}

/// The rows of a query, columns joined by '|'; null is "-".
std::vector<std::string> rows_of(const std::string& file, const char* query) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    std::vector<std::string> rows;
    const auto add_row = [](void* into, int columns, char** values, char**) {
        std::string row;
        for (int i = 0; i < columns; ++i)
            row += (i ? "|" : "") + std::string(values[i] ? values[i] : "-");
        static_cast<std::vector<std::string>*>(into)->push_back(row);
        return 0;
    };
    EXPECT_EQ(sqlite3_exec(database, query, add_row, &rows, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
    return rows;
}

/// A call that split an area.
EventRecord split() {
    EventRecord r;
    r.event = "vma.split";
    r.function = "split_vma";
    r.time = VirtualTime{5'000'123};
    r.instructions = 77;
    r.task = sample().task;
    r.range = {LinearAddr(0x40000000), LinearAddr(0x40004000)};
    r.duration_ns = 1500;
    r.fields = {{"at", Show::Address, 0x40001000, show_value(Show::Address, 0x40001000)},
                {"new_below", Show::Number, 1, {}},
                {"result", Show::Result, 0xFFFFFFF4, show_value(Show::Result, 0xFFFFFFF4)}};
    return r;
}

TEST_F(TraceSinkTest, an_event_stands_in_every_format) {
    EventRecord unfinished = split();
    unfinished.range.reset();
    unfinished.duration_ns.reset();
    for (const std::string_view extension : kTraceFormats) {
        auto sink = open_trace_sink(path("t") + std::string(extension), kHeader).value();
        ASSERT_TRUE(sink->write(split()).has_value());
        ASSERT_TRUE(sink->write(unfinished).has_value());
        ASSERT_TRUE(sink->close({2, VirtualTime{9'000'000}, 100}).has_value());
    }
    const std::string task =
        R"("pid":12,"tgid":11,"comm":"a \"b\",c","mm":"0xc2000000","function":"split_vma",)";
    EXPECT_EQ(lines(path("t.jsonl"))[1],
              R"({"event":"vma.split","time_ns":5000123,"instructions":77,)" + task +
                  R"("start":"0x40000000","end":"0x40004000","at":"0x40001000","new_below":1,)"
                  R"("result":"-ENOMEM","duration_ns":1500})");
    EXPECT_EQ(nlohmann::json::parse(lines(path("t.jsonl"))[2])["duration_ns"], nullptr);

    const auto csv = lines(path("t.csv"));
    const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
    EXPECT_EQ(
        csv[2],
        "vma.split,,5000123,77,12,11,\"a \"\"b\"\",c\",0xc2000000,,,,,,,,,0x40000000,0x40004000,,,,,,,,,,"
        "1500,,\"function=\"\"split_vma\"\" at=0x40001000 new_below=1 result=-ENOMEM\"");
    EXPECT_EQ(commas(csv[2]), commas(csv[1]) + 1) << "one stands in the task's name";
    EXPECT_EQ(commas(csv[3]), commas(csv[2]));

    const auto slice = nlohmann::json::parse(std::ifstream(path("t.json")))["traceEvents"][2];
    EXPECT_EQ(slice["cat"], "vma");
    EXPECT_EQ(slice["name"], "vma.split");
    EXPECT_DOUBLE_EQ(slice["dur"], 1.5);
    EXPECT_EQ(slice["args"]["result"], "-ENOMEM");

    EXPECT_EQ(rows_of(path("t.sqlite"),
                      "SELECT time_ns, event, pid, function, start, duration_ns, "
                      "json_extract(details, '$.at') FROM events"),
              (std::vector<std::string>{"5000123|vma.split|12|split_vma|1073741824|1500|0x40001000",
                                        "5000123|vma.split|12|split_vma|-|-|0x40001000"}));
}

TEST_F(TraceSinkTest, every_format_of_the_list_can_be_written) {
    for (const std::string_view extension : kTraceFormats) {
        const std::string file = path("t") + std::string(extension);
        auto sink = open_trace_sink(file, kHeader);
        ASSERT_TRUE(sink.has_value()) << sink.error().message;
        EXPECT_TRUE((*sink)->write(sample()).has_value());
        EXPECT_TRUE((*sink)->close({1, VirtualTime{200'000}, 1234}).has_value());
        EXPECT_GT(std::filesystem::file_size(file), 300u) << extension;
    }
}

nlohmann::json parsed(const std::string& file) {
    return nlohmann::json::parse(std::ifstream(file));
}

TEST_F(TraceSinkTest, trace_events_are_slices_in_microseconds_and_counters_that_change) {
    auto sink = open_trace_sink(path("t.json"), kHeader).value();
    EXPECT_TRUE(sink->wants_pages());
    FaultRecord first = sample(), second = sample();
    first.pages = {10, 20};
    second.begin.time = VirtualTime{200'001};
    second.pages = {11, 20};
    second.duration_ns = std::nullopt;
    FaultRecord third = second;
    third.task.comm = "after exec";
    ASSERT_TRUE(sink->write(first).has_value());
    ASSERT_TRUE(sink->write(second).has_value());
    ASSERT_TRUE(sink->write(third).has_value());
    ASSERT_TRUE(sink->close({3, VirtualTime{300'000}, 4}).has_value());

    const auto trace = parsed(path("t.json"));
    EXPECT_EQ(trace["otherData"]["schema"], kTraceSchema);
    EXPECT_EQ(trace["end"]["records"], 3);
    const auto& events = trace["traceEvents"];
    ASSERT_EQ(
        events.size(),
        9u);  // the kernel's name, the process's, a slice, two counters, a slice, a counter, a name, a slice
    EXPECT_EQ(events[0]["args"]["name"], "kernel");
    EXPECT_EQ(events[7]["args"]["name"], "after exec");
    EXPECT_EQ(events[1]["args"]["name"], "a \"b\",c");
    EXPECT_EQ(events[1]["pid"], 11);
    EXPECT_EQ(events[2]["ph"], "X");
    EXPECT_EQ(events[2]["name"], "cow_copy");
    EXPECT_EQ(events[2]["tid"], 12);
    EXPECT_DOUBLE_EQ(events[2]["ts"], 123.456);
    EXPECT_DOUBLE_EQ(events[2]["dur"], 4.321);
    EXPECT_EQ(events[2]["args"]["cr2"], "0x08049010");
    EXPECT_EQ(events[3]["name"], "rss");
    EXPECT_EQ(events[3]["args"]["pages"], 10);
    EXPECT_DOUBLE_EQ(events[3]["ts"], 127.777);
    EXPECT_EQ(events[4]["name"], "total_vm");
    EXPECT_DOUBLE_EQ(events[5]["ts"], 200.001);
    EXPECT_EQ(events[6]["name"], "rss") << "total_vm has not changed";
}

TEST_F(TraceSinkTest, a_database_has_a_row_a_record_and_indices) {
    const std::string file = path("t.sqlite");
    std::ofstream(file) << "what was here before";
    auto sink = open_trace_sink(file, kHeader).value();
    FaultRecord other = sample();
    other.begin.sequence = 8;
    other.vma.reset();
    other.frame.reset();
    ASSERT_TRUE(sink->write(sample()).has_value());
    ASSERT_TRUE(sink->write(other).has_value());
    ASSERT_TRUE(sink->close({2, VirtualTime{200'000}, 1234}).has_value());
    EXPECT_EQ(rows_of(file, "SELECT * FROM trace"),
              std::vector<std::string>{"mmscope.trace|2|0123456789abcdef|2.6.28|2|200000|1234"});
    EXPECT_EQ(
        rows_of(file,
                "SELECT sequence, time_ns, pid, tgid, comm, printf('%08x', cr2), cpl, instruction, access,"
                " error, vma_name, offset, kind, pte_after, frame, duration_ns FROM faults"),
        (std::vector<std::string>{
            "7|123456|12|11|a \"b\",c|08049010|3|mov dword ptr [eax], "
            "ecx|write|protection|write|user|/bin/tour|"
            "4096|cow_copy|24679|24576|4321",
            "8|123456|12|11|a \"b\",c|08049010|3|mov dword ptr [eax], ecx|write|protection|write|user|-|-|"
            "cow_copy|24679|-|4321"}));
    EXPECT_EQ(rows_of(file, "SELECT count(*) FROM sqlite_master WHERE type = 'index'"),
              std::vector<std::string>{"5"});
}

TEST_F(TraceSinkTest, a_database_that_was_not_closed_has_its_rows_and_no_end) {
    const std::string file = path("t.sqlite");
    {
        auto sink = open_trace_sink(file, kHeader).value();
        ASSERT_TRUE(sink->write(sample()).has_value());
        ASSERT_TRUE(sink->flush().has_value());
    }
    EXPECT_EQ(rows_of(file, "SELECT count(*) FROM faults"), std::vector<std::string>{"1"});
    EXPECT_EQ(rows_of(file, "SELECT records FROM trace"), std::vector<std::string>{"-"});
}

/// As write_until_full, for a database: what was committed is whole.
int fill_database(const std::string& file) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4'000'000, 4'000'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto sink = open_trace_sink(file, kHeader).value();
    Result<void> last;
    for (uint64_t i = 0; i < 100'000 && last; ++i) {
        FaultRecord record = sample();
        record.begin.sequence = i;
        last = sink->write(record);
    }
    return !last && last.error().message.find("last whole transaction") != std::string::npos ? 0 : 1;
}

TEST_F(TraceSinkTest, a_disk_that_fills_up_leaves_a_whole_database) {
    const std::string file = path("t.sqlite");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(fill_database(file));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(rows_of(file, "PRAGMA integrity_check"), std::vector<std::string>{"ok"});
    EXPECT_EQ(rows_of(file, "SELECT count(*) % 8192, count(*) > 0, max(sequence) + 1 = count(*) FROM faults"),
              std::vector<std::string>{"0|1|1"});
}

TEST_F(TraceSinkTest, a_trace_that_was_not_closed_has_no_end) {
    { ASSERT_TRUE(open_trace_sink(path("t.jsonl"), kHeader).value()->write(sample()).has_value()); }
    EXPECT_EQ(lines(path("t.jsonl")).size(), 2u);
    EXPECT_THAT(lines(path("t.jsonl")).back(), HasSubstr("\"event\":\"fault\""));
}

TEST_F(TraceSinkTest, an_unknown_extension_names_those_there_are) {
    EXPECT_EQ(
        open_trace_sink(path("t.xml"), kHeader).error().message,
        path("t.xml") +
            ": the extension tells the format of a trace: .jsonl, .csv, .sqlite or .json, each also with "
            ".zst");
    EXPECT_FALSE(std::filesystem::exists(path("t.xml")));
}

TEST_F(TraceSinkTest, a_file_that_cannot_be_made_is_named_with_the_reason) {
    EXPECT_EQ(open_trace_sink(path("no/t.jsonl"), kHeader).error().message,
              path("no/t.jsonl") + ": cannot be written: No such file or directory");
}

TEST_F(TraceSinkTest, a_full_device_fails_at_the_header) {
    std::filesystem::create_symlink("/dev/full", folder / "full.jsonl");
    const auto sink = open_trace_sink(path("full.jsonl"), kHeader);
    ASSERT_FALSE(sink.has_value());
    EXPECT_THAT(sink.error().message,
                StartsWith(path("full.jsonl") + ": writing failed after 0 bytes: No space left"));
}

/// Runs in a child, because the limit on file sizes is of the process: the disk is "full" after 100,000
/// bytes.
int write_until_full(const std::string& file) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto sink = open_trace_sink(file, kHeader);
    if (!sink) return 1;
    Result<void> last;
    for (int i = 0; i < 1000 && last; ++i)
        last = (*sink)->write(sample());
    if (last || last.error().message.find("the file ends with its last whole record") == std::string::npos)
        return 2;
    const auto again = (*sink)->close({0, VirtualTime{}, 0});
    return !again && again.error().message == last.error().message ? 0 : 3;
}

TEST_F(TraceSinkTest, a_disk_that_fills_up_leaves_whole_records_only) {
    const std::pair<const char*, size_t> first_records[] = {{"t.jsonl", 1}, {"t.csv", 2}, {"t.json", 3}};
    for (const auto& [name, first_record] : first_records) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) ::_exit(write_until_full(path(name)));
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(WEXITSTATUS(status), 0);
        std::stringstream whole;
        whole << std::ifstream(path(name)).rdbuf();
        ASSERT_GT(whole.str().size(), 90'000u);
        EXPECT_EQ(whole.str().back(), '\n');
        const auto text = lines(path(name));
        EXPECT_EQ(text.back(), text[first_record]) << "every record is the same, and the last one is whole";
    }
}

}  // namespace
}  // namespace mmscope::test
