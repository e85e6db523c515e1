// SPDX-License-Identifier: GPL-2.0-or-later
// The formats there are, for open_trace_sink.
#pragma once

#include <memory>

#include "trace/trace_file.h"
#include "trace/trace_sink.h"

namespace mmscope {

/// All write the header at once. Error: of the file.
Result<std::unique_ptr<TraceSink>> make_jsonl_sink(TraceFile file, const TraceHeader& header);
Result<std::unique_ptr<TraceSink>> make_csv_sink(TraceFile file, const TraceHeader& header);
Result<std::unique_ptr<TraceSink>> make_trace_event_sink(TraceFile file, const TraceHeader& header);
/// A database is no text file: it is given the path.
Result<std::unique_ptr<TraceSink>> make_sqlite_sink(const std::string& path, const TraceHeader& header);

/// "not-present|write|user" and "protection|read|supervisor".
std::string error_code_in_words(uint32_t error_code);
std::string_view access_word(Access access);

}  // namespace mmscope
