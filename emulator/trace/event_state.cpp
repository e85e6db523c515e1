// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that are going on, in a snapshot: their records end in the trace of the machine that is restored.
#include <algorithm>

#include "devices/state.h"
#include "trace/event_tracer.h"
#include "trace/state_parts.h"

namespace mmscope {

/// The rule's own text for a key that was read from a file; empty for one that no rule has.
std::string_view EventTracer::known_key(const Probe& probe, std::string_view key) {
    for (const auto* fields : {&probe.before, &probe.after}) {
        for (const Field& field : *fields) {
            if (field.key == key) return field.key;
        }
    }
    const auto found = std::ranges::find(kCounterKeys, key);
    return found != kCounterKeys.end() ? *found : std::string_view();
}

void EventTracer::visit_fields(StateVisitor& visitor, const Probe& probe, std::vector<EventField>& fields) {
    constexpr uint32_t kMostFields = 64;  // no rule has so many: a file that asks for memory
    auto count = static_cast<uint32_t>(fields.size());
    visitor.field("fields", count);
    fields.resize(std::min(count, kMostFields));
    for (EventField& field : fields) {
        std::string key(field.key);
        visitor.field("key", key);
        visitor.field("show", field.show);
        visitor.field("value", field.value);
        visitor.field("text", field.text);
        field.key = known_key(probe, key);
        field.show = std::min(field.show, Show::Call);
    }
}

void EventTracer::visit_pending(StateVisitor& visitor, Pending& pending) {
    EventRecord& record = pending.record;
    visitor.field("stack", pending.stack.value);
    visitor.field("words", pending.call.stack);
    visitor.field("mm", pending.mm.value);
    visitor.field("count_before", pending.count_before);
    visitor.field("freed", pending.freed);
    visitor.field("time", record.time.ns);
    visitor.field("instructions", record.instructions);
    visit_state(visitor, record.task);
    visit_optional(visitor, "range", record.range, [&](EventRange& range) {
        visitor.field("start", range.start.value);
        visitor.field("end", range.end.value);
    });
    record.event = pending.probe->rule->event;
    record.function = pending.probe->rule->function;
    visit_fields(visitor, *pending.probe, record.fields);
}

/// A call whose function this run does not trace is read and forgotten.
void EventTracer::state(StateVisitor& visitor) {
    constexpr size_t kMostPending = 1u << 16;
    static const Probe kNobody{
        .rule = &event_rules()[0], .exits = {}, .start = {}, .end = {}, .mm = {}, .before = {}, .after = {}};
    std::vector<uint32_t> entries;  // the functions, by their addresses
    for (const Pending& pending : pending_)
        entries.push_back(entry_of(*pending.probe).value);
    visitor.field("calls", entries);
    entries.resize(std::min(entries.size(), kMostPending));
    pending_.resize(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
        const auto found = entries_.find(LinearAddr(entries[i]));
        pending_[i].probe = found != entries_.end() ? found->second : &kNobody;
        visit_pending(visitor, pending_[i]);
    }
    std::erase_if(pending_, [](const Pending& pending) { return pending.probe == &kNobody; });
    tables_.state(visitor);
}

LinearAddr EventTracer::entry_of(const Probe& probe) const {
    const auto found = std::ranges::find(entries_, &probe, [](const auto& entry) { return entry.second; });
    return found->first;
}

}  // namespace mmscope
