// SPDX-License-Identifier: GPL-2.0-or-later
// Where trace records go: one interface, a format for each file extension.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "trace/event_record.h"

namespace mmscope {

inline constexpr const char* kTraceSchema = "mmscope.trace";
inline constexpr int kTraceVersion = 2;

/// What stands at the start of every trace: nothing of the host, so that equal runs give equal files.
struct TraceHeader {
    std::string kernel;   // hash of the kernel image (KernelImage::hash())
    std::string edition;  // Kernel::edition()
};

/// What stands at its end. A trace without it was cut short.
struct TraceEnd {
    uint64_t records = 0;
    VirtualTime time;
    uint64_t instructions = 0;
};

/// Takes records in order of completion. After the first error every call returns that error, and what is
/// on disk ends with a whole record.
class TraceSink {
  public:
    virtual ~TraceSink() = default;
    /// Whether records are to carry FaultRecord::pages.
    [[nodiscard]] virtual bool wants_pages() const { return false; }
    virtual Result<void> write(const FaultRecord& record) = 0;
    virtual Result<void> write(const EventRecord& record) = 0;
    /// Hands what is buffered to the operating system.
    virtual Result<void> flush() = 0;
    /// Writes the end record and closes. Without it the file tells that it is not complete.
    virtual Result<void> close(const TraceEnd& end) = 0;
};

/// Creates or replaces the file and writes its header at once. `.jsonl`: one JSON object a line. `.csv`: one
/// line a record, lines that begin with '#' are header and end. `.sqlite`: tables `faults` and `trace`,
/// indexed when closed. `.json`: Trace Event format for Perfetto's viewer. Each also
/// with .zst. Error: unknown extension (which
/// there are: trace_formats.h), or the file cannot be created or written (path, reason).
Result<std::unique_ptr<TraceSink>> open_trace_sink(const std::string& path, const TraceHeader& header);

}  // namespace mmscope
