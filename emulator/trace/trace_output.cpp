// SPDX-License-Identifier: GPL-2.0-or-later
// The filter. It is asked for each record, and the usual filter is none.
#include "trace/trace_output.h"

#include <algorithm>

#include "trace/event_names.h"

namespace mmscope {

namespace {

bool in_patterns(const std::vector<std::string>& patterns, std::string_view name) {
    return patterns.empty() ||
           std::ranges::any_of(patterns, [&](const std::string& pattern) { return chooses(pattern, name); });
}

bool in_list(const std::vector<uint32_t>& list, uint32_t number) {
    return list.empty() || std::ranges::find(list, number) != list.end();
}

/// An empty range is the place where it begins.
bool touches(const std::vector<EventRange>& ranges, const EventRange& range) {
    const LinearAddr end = std::max(range.end, range.start + 1);
    return ranges.empty() || std::ranges::any_of(ranges, [&](const EventRange& wanted) {
               return range.start < wanted.end && wanted.start < end;
           });
}

}  // namespace

void TraceOutput::write(const FaultRecord& record) {
    const LinearAddr cr2 = record.begin.cr2;
    if (in_patterns(filter_.events, "fault") && in_list(filter_.pids, record.task.pid) &&
        touches(filter_.addresses, {cr2, cr2}) && in_patterns(filter_.kinds, to_string(record.kind)))
        write_unless_failed(record);
}

void TraceOutput::write(const EventRecord& record) {
    const bool near = record.range ? touches(filter_.addresses, *record.range) : filter_.addresses.empty();
    if (near && in_list(filter_.pids, record.task.pid)) write_unless_failed(record);
}

template <class Record>
void TraceOutput::write_unless_failed(const Record& record) {
    if (error_ || !records_.pass()) return;
    if (const auto ok = sink_.write(record); !ok) {
        error_ = ok.error();
    } else {
        ++written_;
    }
}

Result<void> TraceOutput::close(VirtualTime time, uint64_t instructions) {
    if (error_) return std::unexpected(*error_);
    const auto closed = sink_.close({written_, time, instructions});
    if (!closed) error_ = closed.error();
    return closed;
}

}  // namespace mmscope
