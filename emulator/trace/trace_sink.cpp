// SPDX-License-Identifier: GPL-2.0-or-later
// Chooses the format by the file's extension.
#include "trace/trace_sink.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "trace/sinks.h"
#include "trace/trace_formats.h"

namespace mmscope {

std::string error_code_in_words(uint32_t error_code) {
    return fmt::format("{}|{}|{}", error_code & kFaultProtection ? "protection" : "not-present",
                       error_code & kFaultWrite ? "write" : "read",
                       error_code & kFaultUser ? "user" : "supervisor");
}

std::string_view access_word(Access access) {
    switch (access) {
        case Access::Read:
            return "read";
        case Access::Write:
            return "write";
        case Access::Fetch:
            return "fetch";
    }
    return "?";
}

namespace {

using Maker = Result<std::unique_ptr<TraceSink>> (*)(const std::string&, const TraceHeader&);

template <Result<std::unique_ptr<TraceSink>> (*make)(TraceFile, const TraceHeader&)>
Result<std::unique_ptr<TraceSink>> text_sink(const std::string& path, const TraceHeader& header) {
    auto file = TraceFile::create(path);
    if (!file) return std::unexpected(file.error());
    return make(std::move(*file), header);
}

constexpr std::array<Maker, kTraceFormats.size()> kMakers = {
    text_sink<make_jsonl_sink>, text_sink<make_csv_sink>, make_sqlite_sink, text_sink<make_trace_event_sink>};

}  // namespace

Result<std::unique_ptr<TraceSink>> open_trace_sink(const std::string& path, const TraceHeader& header) {
    for (size_t i = 0; i < kTraceFormats.size(); ++i) {
        if (trace_format_of(path) == kTraceFormats[i]) return kMakers[i](path, header);
    }
    return fail(
        fmt::format("{}: the extension tells the format of a trace: {}", path, trace_formats_in_words()));
}

}  // namespace mmscope
