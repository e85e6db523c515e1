// SPDX-License-Identifier: GPL-2.0-or-later
// Chooses the format by the file's extension.
#include "trace/trace_sink.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "trace/sinks.h"

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

Result<std::unique_ptr<TraceSink>> open_trace_sink(const std::string& path, const TraceHeader& header) {
    using Maker = Result<std::unique_ptr<TraceSink>> (*)(TraceFile, const TraceHeader&);
    const std::pair<std::string_view, Maker> formats[] = {{".jsonl", make_jsonl_sink},
                                                          {".csv", make_csv_sink}};
    for (const auto& [extension, make] : formats) {
        if (!path.ends_with(extension)) continue;
        auto file = TraceFile::create(path);
        if (!file) return std::unexpected(file.error());
        return make(std::move(*file), header);
    }
    return fail(fmt::format("{}: the extension tells the format of a trace; there are: .jsonl, .csv", path));
}

}  // namespace mmscope
