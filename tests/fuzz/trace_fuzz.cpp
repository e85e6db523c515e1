// SPDX-License-Identifier: GPL-2.0-or-later
// The first line is the file's extension and a filter ("jsonl kind=cow_*"), the rest the file. @VERSION@ in
// it is today's, so that the corpus does not age.
#include <fmt/format.h>

#include <map>

#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"
#include "trace/read/row_filter.h"
#include "trace/read/trace_reader.h"
#include "trace/tally.h"
#include "trace/trace_plot.h"
#include "trace/trace_sink.h"

namespace mmscope::test {
namespace {

const ScratchFile* scratch_for(std::string_view extension) {
    static const std::map<std::string_view, ScratchFile> files = [] {
        std::map<std::string_view, ScratchFile> made;
        for (const char* name :
             {"jsonl", "csv", "json", "sqlite", "jsonl.zst", "csv.zst", "json.zst", "sqlite.zst"})
            made.try_emplace(name, "." + std::string(name));
        return made;
    }();
    const auto found = files.find(extension);
    return found == files.end() ? nullptr : &found->second;
}

std::string with_version(std::string_view text) {
    constexpr std::string_view kPlace = "@VERSION@";
    std::string out(text);
    for (size_t at; (at = out.find(kPlace)) != std::string::npos;)
        out.replace(at, kPlace.size(), fmt::format("{}", kTraceVersion));
    return out;
}

}  // namespace
}  // namespace mmscope::test

FUZZ_TARGET(trace) {
    std::string_view first = take_until(input, "\n");
    const ScratchFile* const file = scratch_for(take_until(first, " "));
    const auto filter = RowFilter::parse(first);
    if (file == nullptr) return;
    file->write(with_version(input));
    const auto reader = open_trace(file->path());
    if (!reader) return;
    TracePlot plot;
    Tally tally;
    TraceRow row;
    for (;;) {
        const auto more = (*reader)->next(row);
        if (!more || !*more) break;
        plot.add(row);
        tally.add(std::string(row.get("kind")), parse_number(row.get("duration_ns")).value_or(0));
        if (filter) (void)filter->fits(row);
    }
    CHECK((*reader)->progress() >= 0 && (*reader)->progress() <= 1);
    (void)plot.svg();
    (void)tally.table("kinds", "faults", 10);
}
