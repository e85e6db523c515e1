// SPDX-License-Identifier: GPL-2.0-or-later
// Reads traces of every format back, record by record. Files are hostile: whatever they hold, the answer is
// rows or an error that says where.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "trace/read/trace_row.h"

namespace mmscope {

class TraceReader {
  public:
    virtual ~TraceReader() = default;
    /// The next record in the file's order. False: there is none any more. Error: "PATH:LINE: what is wrong".
    virtual Result<bool> next(TraceRow& row) = 0;
    /// Whether the trace's end was met: without it, it was cut short.
    [[nodiscard]] virtual bool complete() const = 0;
    /// How much of the file is behind, from 0 to 1.
    [[nodiscard]] virtual double progress() const = 0;
};

/// By the extension: .jsonl, .csv, .sqlite or .json, each also with .zst. Error: it has another one, cannot
/// be read, or is no trace of this schema and version.
Result<std::unique_ptr<TraceReader>> open_trace(const std::filesystem::path& path);

}  // namespace mmscope
