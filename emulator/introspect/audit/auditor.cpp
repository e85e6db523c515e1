// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a moment and asks every rule that may be asked of it.
#include <algorithm>

#include "introspect/audit/audit.h"
#include "introspect/audit/rules.h"
#include "introspect/inspector.h"

namespace mmscope {

struct Auditor::Peaks {
    PeakMap by_mm;
};

Auditor::Auditor(const Inspector& inspector, const AuditLayouts& layouts)
    : inspector_(inspector),
      layouts_(std::make_unique<AuditLayouts>(layouts)),
      peaks_(std::make_unique<Peaks>()) {}
Auditor::~Auditor() = default;

namespace {

/// Is the rule to be asked of this space?
bool concerns(const AuditRule& rule, const AuditMm& mm) {
    const bool dead = mm.phase == MmPhase::Dead;
    return mm.reachable && dead == (rule.need == AuditNeed::Dead);
}

void ask_of_spaces(const AuditState& state, const AuditRule& rule, AuditOutcome& outcome, AuditSink& sink) {
    for (const AuditMm& mm : state.mms) {
        if (!concerns(rule, mm)) continue;
        if (mm.phase != MmPhase::Settled && mm.phase != MmPhase::Dead) {
            ++outcome.in_transit;
            continue;
        }
        ++outcome.checked;
        rule.of_mm(state, mm, sink);
    }
    outcome.status =
        outcome.checked == 0 && outcome.in_transit != 0 ? AuditStatus::InTransit : AuditStatus::Checked;
}

void ask_of_machine(const AuditState& state, const AuditRule& rule, AuditOutcome& outcome, AuditSink& sink) {
    const bool allowed = rule.need == AuditNeed::Quiet ? state.quiet : !state.atomic;
    outcome.status = allowed ? AuditStatus::Checked : AuditStatus::InTransit;
    ++(allowed ? outcome.checked : outcome.in_transit);
    if (allowed) rule.of_machine(state, sink);
}

uint32_t resident_pages(const AuditState& state, const AuditMm& mm) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    return layout.rss ? mm.u32(layout.rss) : mm.u32(layout.file_rss) + mm.u32(layout.anon_rss);
}

/// Where the marks are raised as a space grows, they say it all by themselves.
void ask_of_marks(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    if (!state.meaning().peaks_lead) return;
    const uint32_t resident = resident_pages(state, mm), total = mm.u32(layout.total_vm);
    sink.require(mm.u32(layout.hiwater_rss) >= resident, &mm, nullptr, "hiwater_rss",
                 mm.u32(layout.hiwater_rss), fmt::format("at least {}, as rss", resident));
    sink.require(mm.u32(layout.hiwater_vm) >= total, &mm, nullptr, "hiwater_vm", mm.u32(layout.hiwater_vm),
                 fmt::format("at least {}, as total_vm", total));
}

MmPeaks peaks_of(const AuditState& state, const AuditMm& mm) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    MmPeaks peaks;
    const auto user = std::ranges::find(state.tasks, mm.at, &AuditTask::mm);
    peaks.pid = mm.pid;
    peaks.start_time = user != state.tasks.end() ? user->start_time : 0;
    peaks.acquisitions = mm.u32(layout.sem_acquisitions);
    peaks.rss = std::max(mm.u32(layout.hiwater_rss), resident_pages(state, mm));
    peaks.vm = std::max(mm.u32(layout.hiwater_vm), mm.u32(layout.total_vm));
    peaks.directory = mm.directory;
    return peaks;
}

/// A descriptor at the same place may be another one by now; then nothing can be said.
bool is_same_space(const MmPeaks& before, const MmPeaks& now) {
    return before.pid == now.pid && before.start_time == now.start_time &&
           before.directory == now.directory && before.acquisitions <= now.acquisitions;
}

/// INV-36: the greater of mark and current value never falls in the life of a mm.
void ask_of_history(const AuditState& state, PeakMap& peaks, AuditOutcome& outcome, AuditSink& sink) {
    PeakMap now;
    for (const AuditMm& mm : state.mms) {
        if (!mm.reachable || mm.phase == MmPhase::Dead || mm.phase == MmPhase::Dying) continue;
        if (mm.phase != MmPhase::Settled) {
            ++outcome.in_transit;
            if (const auto before = peaks.find(mm.at); before != peaks.end()) now[mm.at] = before->second;
            continue;
        }
        ++outcome.checked;
        ask_of_marks(state, mm, sink);
        const MmPeaks seen = now[mm.at] = peaks_of(state, mm);
        const auto before = peaks.find(mm.at);
        if (before == peaks.end() || !is_same_space(before->second, seen)) continue;
        const auto at_least = [&](const char* what, uint32_t value, uint32_t peak) {
            if (value < peak)
                sink.wrong(&mm, {}, what, fmt::format("{}", value),
                           fmt::format("at least {}, as before", peak));
        };
        at_least("peak of hiwater_rss and rss", seen.rss, before->second.rss);
        at_least("peak of hiwater_vm and total_vm", seen.vm, before->second.vm);
    }
    peaks = std::move(now);
    outcome.status =
        outcome.checked == 0 && outcome.in_transit != 0 ? AuditStatus::InTransit : AuditStatus::Checked;
}

void ask(const AuditState& state, const AuditRule& rule, PeakMap& peaks, AuditReport& report) {
    AuditOutcome outcome{.id = rule.id, .title = rule.title};
    AuditSink sink(rule.id, rule.soft, report);
    for (const AuditDamage& damage : state.damage) {
        if (std::string_view(damage.id) == rule.id)
            sink.wrong(state.find_mm(damage.mm), {}, damage.what, damage.found, "what can be walked");
    }
    if (rule.need == AuditNeed::History) {
        if (state.layouts.mm.hiwater_rss) ask_of_history(state, peaks, outcome, sink);
    } else if (rule.of_mm && (!rule.lives || rule.lives(state))) {
        ask_of_spaces(state, rule, outcome, sink);
    } else if (rule.of_machine && (!rule.lives || rule.lives(state))) {
        ask_of_machine(state, rule, outcome, sink);
    }
    report.outcomes.push_back(std::move(outcome));
}

}  // namespace

Result<std::unique_ptr<Auditor>> Auditor::create(const Inspector& inspector) {
    auto layouts = AuditLayouts::resolve(inspector.kernel().image());
    if (!layouts) return std::unexpected(layouts.error());
    return std::unique_ptr<Auditor>(new Auditor(inspector, *layouts));
}

Result<AuditReport> Auditor::audit(AuditPlace place) {
    const auto kernel = inspector_.memory();
    if (!kernel) return std::unexpected(kernel.error());
    const AuditState state = read_audit_state(*kernel, *layouts_, place);
    AuditReport report{
        .moment = kernel->moment, .quiet = state.quiet, .outcomes = {}, .findings = {}, .notes = {}};
    for (const AuditRule& rule : audit_rules())
        ask(state, rule, peaks_->by_mm, report);
    return report;
}

}  // namespace mmscope
