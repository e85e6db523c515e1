// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel that breaks a descriptor on purpose: which event the audits name, where the machine stops, what
// the trace has of it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "introspect/layout.h"
#include "tests/boot/changed_kernel.h"
#include "trace/event_names.h"

namespace mmscope::test {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;

/// getppid, which the tour calls once, sets init_mm.mmlist.prev to NULL instead.
std::string kernel_that_breaks_mmlist(const TemporaryFolder& folder) {
    const auto image = KernelImage::open(KERNEL).value();
    const auto place = find_member(*image->types().find_tag("mm_struct"), "mmlist.prev").value();
    const uint32_t at = image->symbols().find("init_mm")->address.value + place.offset;
    std::string code("\xC7\x05", 2);  // movl $0, at
    code.append(reinterpret_cast<const char*>(&at), 4).append(4, '\0');
    code.append("\x31\xC0\xC3");  // xorl %eax, %eax; ret
    return kernel_with(folder, image->types().find_function("sys_getppid")->entry, code);
}

/// Runs the tour on it; the trace goes to `trace`, the summary to standard error as JSON.
ChildResult run_broken(const TemporaryFolder& folder, const std::string& trace,
                       const std::vector<std::string>& settings, const std::string& script = {}) {
    std::vector<std::string> command = {
        EMU,          DEFAULT_CONFIG,
        "--headless", "--json",
        "--trace",    trace,
        "--set",      fmt::format("boot.kernel='{}'", kernel_that_breaks_mmlist(folder))};
    for (const std::string& setting : settings)
        command.insert(command.end(), {"--set", setting});
    if (!script.empty()) command.push_back("--monitor=" + folder.write("script", script));
    return run_program(command);
}

size_t count_of(std::string_view part, std::string_view text) {
    size_t count = 0;
    for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

TEST(audited_run, stops_at_the_first_violation_and_names_the_event_before_which_all_was_right) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.jsonl");
    const ChildResult run =
        run_broken(folder, trace, {"audit.when='every-return'", "trace.events=['audit.*', 'syscall']"});
    EXPECT_EQ(run.status, 4) << describe(run);
    std::vector<json> findings, calls;
    std::istringstream lines(read_text(trace));
    for (std::string line; std::getline(lines, line);) {
        json event = json::parse(line);
        if (event["event"] == kAuditFinding) findings.push_back(event);
        if (event["event"] == "syscall") calls.push_back(event);
    }
    const json summary = json::parse(run.err.substr(run.err.find("{\"schema\":\"mmscope.summary\"")));
    const std::string end = summary["end"];
    EXPECT_THAT(end, HasSubstr("an audit before the return to user mode at 0x"));
    EXPECT_THAT(end, HasSubstr("found INV-15: mmlist.prev is 0x00000000, expected 0x"));
    EXPECT_THAT(end, ContainsRegex("; before system call 64 .sys_getppid. of task [0-9]+ .tour. at "
                                   "0x[0-9a-f]+, [0-9]+ ns everything was right"));
    // The machine stands where the violation was found: not one instruction of a program later.
    ASSERT_EQ(findings.size(), 1u);
    const json& finding = findings.front();
    EXPECT_EQ(finding["time_ns"], summary["virtual_ns"]);
    EXPECT_EQ(finding["rule"], "INV-15");
    EXPECT_EQ(finding["found"], "0x00000000");
    EXPECT_THAT(end, HasSubstr(finding["before"].get<std::string>()));
    EXPECT_THAT(end, HasSubstr(finding["since"].get<std::string>()));
    const auto call =
        std::ranges::find(calls, "sys_getppid", [](const json& event) { return event["call"]; });
    ASSERT_NE(call, calls.end());
    EXPECT_EQ(finding["pid"], (*call)["pid"]);
}

TEST(audited_run, that_found_something_can_be_looked_at_and_goes_back) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.jsonl"), look = "print init_mm.mmlist.prev\n";
    const ChildResult run =
        run_broken(folder, trace, {"audit.when='every-return'", "trace.events=['audit.finding']"},
                   "run 60ms\ncheckpoint\nrun\n" + look + "back 1\n" + look + "run\ncheckpoints\n");
    EXPECT_EQ(run.status, 4) << describe(run);
    const size_t broken = run.err.find("init_mm.mmlist.prev = NULL");
    ASSERT_NE(broken, run.err.npos) << run.err;
    EXPECT_NE(run.err.find("init_mm.mmlist.prev = 0xc", broken), run.err.npos) << run.err;
    // The second time it is found again, and the trace has it once.
    EXPECT_EQ(count_of("; before system call 64 (sys_getppid)", run.err), 3u) << run.err;
    EXPECT_EQ(count_of("audit.finding", read_text(trace)), 1u);
}

TEST(audited_run, findings_are_in_a_trace_of_any_form_once_each) {
    const TemporaryFolder folder;
    std::string rows;
    for (const char* format : {"jsonl", "csv", "sqlite", "json"}) {
        const std::string trace = folder.path(fmt::format("t.{}", format));
        const ChildResult run = run_broken(
            folder, trace, {"audit.when='every:20'", "audit.fail=false", "trace.events=['audit.finding']"});
        EXPECT_THAT(run.err, HasSubstr("\"mmscope.audit\"")) << describe(run);
        if (std::string_view(format) == "json") {
            const json events = json::parse(read_text(trace))["traceEvents"];
            EXPECT_EQ(std::ranges::count(events, kAuditFinding,
                                         [](const json& event) { return event["name"].get<std::string>(); }),
                      1);
            continue;
        }
        const ChildResult cat = run_program({EMU, "trace", "cat", trace});
        EXPECT_THAT(cat.out, ContainsRegex("audit.finding.* rule=INV-15 object=0x[0-9a-f]+ of_pid=0 "
                                           "what=mmlist.prev found=0x00000000 expected=0x[0-9a-f]+ "
                                           "before=\"page fault "))
            << format;
        EXPECT_EQ(std::ranges::count(cat.out, '\n'), 1) << format;
        if (rows.empty()) rows = cat.out;
        EXPECT_EQ(cat.out, rows) << format;
    }
}

TEST(audited_run, a_trace_of_findings_without_audits_is_remarked_upon) {
    const TemporaryFolder folder;
    const ChildResult run = run_program({EMU, DEFAULT_CONFIG, "--headless", "--until", "1ms", "--trace",
                                         folder.path("t.csv"), "--set", "trace.events=['audit.finding']"});
    EXPECT_THAT(run.err, HasSubstr("emu: event audit.finding: nothing is audited, see audit.when"))
        << describe(run);
}

}  // namespace
}  // namespace mmscope::test
