// SPDX-License-Identifier: GPL-2.0-or-later
// What both tracers write to: a filter in front of a sink, which remembers the first error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/repeated_output.h"
#include "trace/event_record.h"
#include "trace/trace_sink.h"

namespace mmscope {

/// Which records are written. Empty lists mean everything.
struct TraceFilter {
    std::vector<std::string> events = {};  // patterns, see event_names.h
    std::vector<uint32_t> pids = {};
    std::vector<EventRange> addresses =
        {};                               // a fault by CR2, an event by its range: one without has no address
    std::vector<std::string> kinds = {};  // of faults: "cow_*"
};

class TraceOutput {
  public:
    /// `sink` must outlive it.
    explicit TraceOutput(TraceSink& sink, TraceFilter filter = {})
        : sink_(sink), filter_(std::move(filter)) {}

    void write(const FaultRecord& record);
    void write(const EventRecord& record);
    /// Records that passed the filter. A machine that goes back goes back here, too: records that come a
    /// second time are not written again.
    [[nodiscard]] uint64_t position() const { return records_.position(); }
    void go_back(uint64_t position) { records_.go_back(position); }
    [[nodiscard]] bool wants_pages() const { return sink_.wants_pages(); }
    /// The sink failed (disk full, ...): stop the machine, then close() yields the error. Cheap, poll it.
    [[nodiscard]] bool failed() const { return error_.has_value(); }
    /// Once, when all is written. Error: the first of the sink.
    Result<void> close(VirtualTime time, uint64_t instructions);

  private:
    template <class Record>
    void write_unless_failed(const Record& record);

    TraceSink& sink_;
    TraceFilter filter_;
    RepeatedOutput records_;
    uint64_t written_ = 0;
    std::optional<Error> error_;
};

}  // namespace mmscope
