// SPDX-License-Identifier: GPL-2.0-or-later
// The formats one by one; trace_reader.cpp chooses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "trace/read/line_source.h"
#include "trace/read/trace_reader.h"

namespace mmscope {

Result<std::unique_ptr<TraceReader>> read_jsonl(LineSource lines);
Result<std::unique_ptr<TraceReader>> read_csv(LineSource lines);
Result<std::unique_ptr<TraceReader>> read_trace_events(LineSource lines);
Result<std::unique_ptr<TraceReader>> read_sqlite(const std::filesystem::path& path);

/// None, or what is wrong with a header.
std::string check_header(std::string_view schema, uint64_t version);

}  // namespace mmscope
