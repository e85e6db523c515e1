// SPDX-License-Identifier: GPL-2.0-or-later
#include "app/run_watchers.h"

#include <fmt/format.h>

#include <algorithm>

#include "introspect/inspector.h"
#include "machine/machine.h"
#include "trace/event_names.h"

namespace mmscope {

bool RunWatchers::need_inspector(const Config& config) {
    return !config.trace.file.empty() || config.audit.when != AuditWhen::Never;
}

Result<std::unique_ptr<RunWatchers>> RunWatchers::open(const Config& config, bool json, Machine& machine,
                                                       const Inspector* inspector) {
    std::unique_ptr<RunWatchers> watchers(new RunWatchers(config, machine, inspector));
    if (auto opened = watchers->open_trace(); !opened) return std::unexpected(opened.error());
    if (auto opened = watchers->open_audit(json); !opened) return std::unexpected(opened.error());
    if (auto opened = watchers->open_tlb_audit(); !opened) return std::unexpected(opened.error());
    return watchers;
}

Result<void> RunWatchers::open_trace() {
    if (config_.trace.file.empty()) return {};
    const Kernel& kernel = inspector_->kernel();
    auto sink = open_trace_sink(config_.trace.file.string(), {kernel.image().hash(), kernel.edition()});
    if (!sink) return std::unexpected(sink.error());
    sink_ = std::move(*sink);
    output_ = std::make_unique<TraceOutput>(*sink_, trace_filter());
    faults_ = std::make_unique<FaultTracer>(*inspector_, output_.get());
    open_findings();
    return open_events();
}

void RunWatchers::open_findings() {
    const auto chosen = [](const std::string& pattern) { return chooses(pattern, kAuditFinding); };
    if (std::ranges::none_of(config_.trace.events, chosen)) return;
    findings_ = std::make_unique<FindingTracer>(*inspector_, *output_);
    const bool by_name = std::ranges::any_of(
        config_.trace.events, [](const std::string& pattern) { return pattern.starts_with("audit"); });
    if (by_name && config_.audit.when == AuditWhen::Never && !config_.audit.tlb)
        notes_.emplace_back("event audit.finding: nothing is audited, see audit.when and audit.tlb");
}

Result<void> RunWatchers::open_events() {
    auto events = EventTracer::create(*inspector_, *output_, config_.trace.events);
    if (!events) return std::unexpected(events.error());
    notes_.insert(notes_.end(), (*events)->notes().begin(), (*events)->notes().end());
    const std::vector<LinearAddr> watched = (*events)->watched();
    if (watched.size() > Cpu::kMostWatched)
        return fail(fmt::format("trace.events: {} instructions are to be watched, at most {} can be",
                                watched.size(), Cpu::kMostWatched));
    if (!watched.empty()) machine_.cpu().watch_instructions(watched);
    if (!watched.empty() || (*events)->wants_tlb_events()) events_ = std::move(*events);
    return {};
}

Result<void> RunWatchers::open_audit(bool json) {
    if (config_.audit.when == AuditWhen::Never) return {};
    const AuditPlan plan{.when = config_.audit.when,
                         .period = config_.audit.period,
                         .fail = config_.audit.fail,
                         .json = json,
                         .trace = findings_.get(),
                         .stop = [this] { machine_.stop_now(); }};
    auto watch = AuditWatch::create(*inspector_, plan);
    if (!watch) return std::unexpected(watch.error());
    audit_ = std::move(*watch);
    return {};
}

Result<void> RunWatchers::open_tlb_audit() {
    if (!config_.audit.tlb) return {};
    if (config_.cpu.mmu != MmuKind::Own)
        return fail("audit.tlb: only with cpu.mmu = \"own\": Unicorn's MMU fills its TLB out of sight");
    const SymbolTable* symbols = inspector_ != nullptr ? &inspector_->kernel().symbols() : nullptr;
    tlb_ = std::make_unique<TlbWatch>(
        machine_.cpu(), machine_.memory(), symbols,
        TlbWatch::Plan{
            .fail = config_.audit.fail, .trace = findings_.get(), .stop = [this] { machine_.stop_now(); }});
    return {};
}

TraceFilter RunWatchers::trace_filter() const {
    TraceFilter filter{.events = config_.trace.events,
                       .pids = config_.trace.pids,
                       .addresses = {},
                       .kinds = config_.trace.kinds};
    for (const AddressRange& range : config_.trace.addresses)
        filter.addresses.push_back({LinearAddr(range.first), LinearAddr(range.end)});
    return filter;
}

std::optional<std::string> RunWatchers::violation() const {
    if (audit_ && audit_->ends_run()) return audit_->violation();
    if (tlb_ && tlb_->ends_run()) return tlb_->violation();
    return std::nullopt;
}

std::optional<std::string> RunWatchers::audit_end(bool by_itself) {
    std::optional<std::string> violation;
    if (tlb_) {
        tlb_->at_exit();
        violation = tlb_->violation();
    }
    if (audit_) {
        audit_->at_exit(by_itself);
        if (audit_->violation()) violation = audit_->violation();
    }
    return config_.audit.fail ? violation : std::nullopt;
}

Result<void> RunWatchers::close_trace() {
    if (!output_) return {};
    faults_->finish();
    if (events_) events_->finish();
    return output_->close(machine_.now(), machine_.cpu().instructions());
}

}  // namespace mmscope
