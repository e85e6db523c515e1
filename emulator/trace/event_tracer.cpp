// SPDX-License-Identifier: GPL-2.0-or-later
// A call begins at the function's first instruction and ends at a RET that finds ESP where it was then.
#include "trace/event_tracer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>

#include "introspect/decode.h"
#include "introspect/system_calls.h"
#include "trace/current_task.h"
#include "trace/event_names.h"

namespace mmscope {

namespace {

constexpr std::string_view kTlbFill = "tlb.fill", kTlbFlush = "tlb.flush", kTlbInvalidate = "tlb.invalidate",
                           kEntryChange = "pte.change";

EventField address_field(std::string_view key, uint32_t value) {
    return {key, Show::Address, value, show_value(Show::Address, value)};
}

EventRange page_range(LinearAddr page) {
    return {page, page + kPageSize};
}

}  // namespace

Result<std::unique_ptr<EventTracer>> EventTracer::create(const Inspector& inspector, TraceOutput& output,
                                                         const std::vector<std::string>& patterns) {
    std::unique_ptr<EventTracer> tracer(new EventTracer(inspector, output));
    for (const EventRule& rule : event_rules()) {
        const auto chosen = [&](const std::string& pattern) { return chooses(pattern, rule.event); };
        if (std::ranges::none_of(patterns, chosen)) continue;
        const auto ready = tracer->prepare(rule);
        if (ready) continue;
        const std::string why = fmt::format("event {}: {}", rule.event, ready.error().message);
        if (std::ranges::find(patterns, rule.event) != patterns.end()) return fail(why);
        tracer->notes_.push_back(why);
    }
    const auto chosen = [&](std::string_view event) {
        return std::ranges::any_of(patterns, [&](const std::string& one) { return chooses(one, event); });
    };
    tracer->fills_ = chosen(kTlbFill);
    tracer->flushes_ = chosen(kTlbFlush);
    tracer->invalidations_ = chosen(kTlbInvalidate);
    tracer->changes_ = chosen(kEntryChange);
    return tracer;
}

Result<void> EventTracer::prepare(const EventRule& rule) {
    const KernelImage& image = inspector_.kernel().image();
    const auto function = image.types().find_function(rule.function);
    if (!function) return fail(fmt::format("{} has no function {}", image.name(), rule.function));
    auto exits = find_exits(image, *function);
    if (!exits) return std::unexpected(exits.error());
    auto probe = std::make_unique<Probe>();
    probe->rule = &rule;
    probe->exits = std::move(*exits);
    for (const auto& [text, value] : {std::pair{rule.start, &probe->start}, std::pair{rule.end, &probe->end},
                                      std::pair{rule.mm, &probe->mm}}) {
        if (text.empty()) continue;
        auto compiled = GuestValue::compile(*function, text);
        if (!compiled) return std::unexpected(compiled.error());
        *value = std::move(*compiled);
    }
    for (const auto& [rules, fields] :
         {std::pair{&rule.before, &probe->before}, std::pair{&rule.after, &probe->after}}) {
        for (const FieldRule& field : *rules) {
            auto value = GuestValue::compile(*function, field.value);
            if (!value) return std::unexpected(value.error());
            fields->push_back({field.key, field.show, std::move(*value)});
        }
    }
    if (function->inlined_copies != 0) {
        notes_.push_back(fmt::format("event {}: {} is also inlined in {} places, which are not seen",
                                     rule.event, rule.function, function->inlined_copies));
    }
    entries_[function->entry] = probe.get();
    probes_.push_back(std::move(probe));
    return {};
}

std::vector<LinearAddr> EventTracer::watched() const {
    std::vector<LinearAddr> addresses;
    for (const auto& [entry, probe] : entries_) {
        addresses.push_back(entry);
        addresses.insert(addresses.end(), probe->exits.begin(), probe->exits.end());
    }
    return addresses;
}

void EventTracer::reached(const InstructionReached& where) {
    const auto now = inspector_.memory();
    if (!now) return;  // paging is off: the kernel is still setting itself up
    // A function of one RET is entered before it is left.
    if (const auto entry = entries_.find(where.eip); entry != entries_.end())
        enter(*now, *entry->second, where);
    for (size_t i = pending_.size(); i-- > 0;) {
        Pending& pending = pending_[i];
        if (pending.stack != where.esp || !std::ranges::binary_search(pending.probe->exits, where.eip))
            continue;
        leave(*now, pending, where);
        pending_.erase(pending_.begin() + static_cast<ptrdiff_t>(i));
    }
}

void EventTracer::enter(const KernelMemory& now, const Probe& probe, const InstructionReached& where) {
    Pending pending{.probe = &probe, .stack = where.esp};
    EventRecord& record = pending.record;
    record.event = probe.rule->event;
    record.function = probe.rule->function;
    record.time = where.time;
    record.instructions = where.instructions;
    record.task = current_task(now).value_or(FaultTask{});
    settle_abandoned(probe, where, record.task.at);
    CallMoment& call = pending.call;
    if (now.memory.read(where.esp, std::as_writable_bytes(std::span(call.stack)))) return;
    if (probe.start && probe.end) {
        const auto start = probe.start->read(now.memory, call), end = probe.end->read(now.memory, call);
        if (start && end) record.range = {LinearAddr(*start), LinearAddr(*end)};
    }
    if (probe.mm) pending.mm = LinearAddr(probe.mm->read(now.memory, call).value_or(0));
    if (pending.mm.value != 0) pending.count_before = add_counters(now, pending.mm, true, record);
    add_fields(now, probe.before, call, record);
    pending_.push_back(std::move(pending));
}

void EventTracer::leave(const KernelMemory& now, Pending& pending, const InstructionReached& where) {
    const EventRule& rule = *pending.probe->rule;
    EventRecord& record = pending.record;
    if (rule.only_with_result && where.eax == 0) return;
    record.duration_ns = where.time - record.time;
    if (rule.frees_mm && pending.count_before == 1) {
        for (Pending& other : pending_)
            other.freed |= other.mm == pending.mm;
    }
    if (pending.freed) {
        record.fields.push_back({"freed", Show::Number, 1, {}});
    } else if (pending.mm.value != 0) {
        add_counters(now, pending.mm, false, record);
    }
    pending.call.result = where.eax;
    add_fields(now, pending.probe->after, pending.call, record);
    output_.write(record);
}

uint32_t EventTracer::add_counters(const KernelMemory& now, LinearAddr mm, bool before, EventRecord& record) {
    const MmLayout& layout = now.kernel->layouts().mm;
    const auto users = now.memory.read_u32(mm + layout.mm_users.offset);
    const auto count = now.memory.read_u32(mm + layout.mm_count.offset);
    if (!users || !count) return 0;
    if (before)
        record.fields.push_back({"mm_struct", Show::Address, mm.value, show_value(Show::Address, mm.value)});
    record.fields.push_back({before ? "users_before" : "users", Show::Number, *users, {}});
    record.fields.push_back({before ? "count_before" : "count", Show::Number, *count, {}});
    return *count;
}

void EventTracer::add_fields(const KernelMemory& now, const std::vector<Field>& fields,
                             const CallMoment& call, EventRecord& record) {
    for (const Field& field : fields) {
        const auto value = field.value.read(now.memory, call);
        if (!value) continue;
        record.fields.push_back(
            {field.key, field.show, *value,
             field.show == Show::Call ? system_call_name(now, *value) : show_value(field.show, *value)});
    }
}

/// What the task called deeper on its stack, or this very function in the same place, cannot be going on any
/// more: it was left in a way that nobody saw, or the stack has another owner now.
void EventTracer::settle_abandoned(const Probe& probe, const InstructionReached& where, LinearAddr task) {
    std::erase_if(pending_, [&](const Pending& pending) {
        const bool same_task = pending.record.task.at == task;
        const bool gone = (same_task && pending.stack < where.esp) ||
                          (pending.stack == where.esp && pending.probe == &probe);
        if (gone) output_.write(pending.record);
        return gone;
    });
}

std::optional<EventRecord> EventTracer::begin(std::string_view event, const CpuMoment& now) const {
    const auto kernel = inspector_.memory();
    if (!kernel) return std::nullopt;
    EventRecord record;
    record.event = event;
    record.function = inspector_.kernel().symbols().describe(now.block);
    record.time = now.time;
    record.instructions = now.instructions;
    record.task = current_task(*kernel).value_or(FaultTask{});
    record.duration_ns = 0;
    return record;
}

void EventTracer::tlb_filled(const Walk& walk, const CpuMoment& now) {
    tables_.filled(walk);
    auto record = fills_ ? begin(kTlbFill, now) : std::nullopt;
    if (!record) return;
    record->range = page_range(walk.address.page());
    record->fields = {address_field("entry", walk.large ? walk.pde.value_or(0) : walk.pte.value_or(0)),
                      address_field("frame", walk.physical.page().value)};
    output_.write(*record);
}

void EventTracer::tlb_dropped(TlbDrop how, LinearAddr page, const CpuMoment& now) {
    const bool one = how == TlbDrop::Page;
    auto record = one && invalidations_ ? begin(kTlbInvalidate, now)
                  : !one && flushes_    ? begin(kTlbFlush, now)
                                        : std::nullopt;
    if (!record) return;
    if (one) {
        record->range = page_range(page.page());
    } else {
        record->fields = {{"globals_too", Show::Number, how == TlbDrop::All ? 1u : 0u, {}}};
    }
    output_.write(*record);
}

void EventTracer::memory_written(const MemoryWrite& write, const CpuMoment& now) {
    if (!changes_ || !tables_.is_entry(write.physical)) return;
    auto record = begin(kEntryChange, now);
    const auto kernel = inspector_.memory();
    if (!record || !kernel) return;
    std::array<std::byte, 4> old{};
    if (!kernel->memory.physical().read(write.physical, old)) return;
    record->fields = {address_field("at", write.physical.value),
                      address_field("old", std::bit_cast<uint32_t>(old)),
                      address_field("new", static_cast<uint32_t>(write.value)),
                      {"size", Show::Number, write.size, {}}};
    output_.write(*record);
}

void EventTracer::finish() {
    for (const Pending& pending : pending_)
        output_.write(pending.record);
    pending_.clear();
}

}  // namespace mmscope
