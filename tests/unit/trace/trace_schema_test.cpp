// SPDX-License-Identifier: GPL-2.0-or-later
// docs/trace.md says what is written: names, keys and version, in both directions.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "trace/event_names.h"
#include "trace/event_rules.h"
#include "trace/finding_tracer.h"
#include "trace/trace_formats.h"
#include "trace/trace_sink.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

const std::string& schema_document() {
    static const std::string text = [] {
        std::ostringstream out;
        out << std::ifstream(TRACE_DOCUMENT).rdbuf();
        return out.str();
    }();
    return text;
}

/// A row of the table of events as the document writes it.
std::string row_of(const EventRule& rule) {
    std::string keys;
    const auto add = [&](std::string_view key) {
        keys += fmt::format("{}`{}`", keys.empty() ? "" : " ", key);
    };
    std::vector<FieldRule> fields = rule.before;
    fields.insert(fields.end(), rule.after.begin(), rule.after.end());
    for (const FieldRule& field : fields)
        add(field.key);
    if (!rule.mm.empty()) keys += keys.empty() ? "counters" : " counters";
    return fmt::format("\n| `{}` | `{}` | {} |\n", rule.event, rule.function, keys);
}

TEST(trace_schema, the_document_has_the_version_the_formats_and_the_kinds) {
    EXPECT_THAT(schema_document(),
                HasSubstr(fmt::format("Schema `{}`, version {}.", kTraceSchema, kTraceVersion)));
    for (const std::string_view extension : kTraceFormats)
        EXPECT_THAT(schema_document(), HasSubstr(fmt::format("\n| `{}` |", extension)));
    for (const std::string_view kind : kFaultKindNames)
        EXPECT_THAT(schema_document(), HasSubstr(fmt::format("`{}`", kind)));
}

TEST(trace_schema, the_document_has_each_event_with_its_keys_and_no_other) {
    std::set<std::string_view> named(kTraceEvents.begin(), kTraceEvents.end());
    EXPECT_EQ(named.size(), kTraceEvents.size());
    named.erase("fault");
    for (const char* own : {"tlb.fill", "tlb.flush", "tlb.invalidate", "pte.change"}) {
        EXPECT_EQ(named.erase(own), 1u);
        EXPECT_THAT(schema_document(), HasSubstr(fmt::format("\n| `{}` | ", own)));
    }
    EXPECT_EQ(named.erase(kAuditFinding), 1u);
    std::string keys;
    for (const std::string_view key : FindingTracer::kKeys)
        keys += fmt::format("{}`{}`", keys.empty() ? "" : " ", key);
    EXPECT_THAT(schema_document(), HasSubstr(fmt::format("\n| `{}` | {} |\n", kAuditFinding, keys)));
    for (const EventRule& rule : event_rules()) {
        EXPECT_THAT(schema_document(), HasSubstr(row_of(rule)));
        EXPECT_EQ(named.erase(rule.event), 1u) << rule.event << ": has no name, or two rules";
    }
    EXPECT_TRUE(named.empty()) << *named.begin() << ": has no rule";
    const size_t events = schema_document().find("\n## Events");
    ASSERT_NE(events, std::string::npos);
    std::istringstream lines(
        schema_document().substr(events, schema_document().find("Four events") - events));
    size_t rows = 0;
    for (std::string line; std::getline(lines, line);)
        rows += line.starts_with("| `") && line.find("` | `") != std::string::npos;
    EXPECT_EQ(rows, event_rules().size());
}

}  // namespace
}  // namespace mmscope::test
