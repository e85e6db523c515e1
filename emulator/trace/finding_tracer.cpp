// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/finding_tracer.h"

#include "introspect/inspector.h"
#include "trace/current_task.h"
#include "trace/event_names.h"

namespace mmscope {

void FindingTracer::write(const AuditFinding& finding, const std::string& before, const std::string& since) {
    const auto now = inspector_.memory();
    if (!now) return;
    const LinearAddr object = finding.vma.value != 0 ? finding.vma : finding.mm;
    const auto text = [](std::string_view key, const std::string& words) {
        return EventField{key, Show::Text, 0, words};
    };
    EventRecord record;
    record.event = kAuditFinding;
    record.function = "audit";
    record.time = now->moment.time;
    record.instructions = now->moment.instructions;
    record.task = current_task(*now).value_or(FaultTask{});
    record.duration_ns = 0;
    record.fields = {text(kKeys[0], finding.id),
                     {kKeys[1], Show::Address, object.value, show_value(Show::Address, object.value)},
                     {kKeys[2], Show::Number, finding.pid, {}},
                     text(kKeys[3], finding.what),
                     text(kKeys[4], finding.found),
                     text(kKeys[5], finding.expected),
                     text(kKeys[6], before),
                     text(kKeys[7], since)};
    output_.write(record);
}

}  // namespace mmscope
