// SPDX-License-Identifier: GPL-2.0-or-later
// When to audit is a function of the guest's own events, so that a run finds the same each time.
#include "app/audit_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "cpu/exceptions.h"
#include "devices/state.h"
#include "introspect/inspector.h"
#include "introspect/system_calls.h"
#include "machine/machine.h"
#include "trace/current_task.h"
#include "trace/finding_tracer.h"

namespace mmscope {

namespace {

constexpr uint8_t kFirstInterrupt = 0x20, kSystemCall = 0x80;

AuditPlace place_of(uint32_t cpl) {
    return cpl == 3 ? AuditPlace::AtRest : AuditPlace::Anywhere;
}

}  // namespace

Result<std::unique_ptr<AuditWatch>> AuditWatch::create(const Inspector& inspector, const AuditPlan& plan) {
    auto auditor = Auditor::create(inspector);
    if (!auditor) return std::unexpected(auditor.error());
    return std::unique_ptr<AuditWatch>(new AuditWatch(inspector, std::move(*auditor), plan));
}

/// Between a clean return to a program and the next return a program comes into the kernel once.
void AuditWatch::delivered(const Delivery& what) {
    if (plan_.when != AuditWhen::EveryReturn || what.old_cpl != 3 || entry_) return;
    entry_ = {.how = what, .pid = 0, .comm = {}};
    const auto now = inspector_.memory();
    const auto task = now ? current_task(*now) : std::unexpected(now.error());
    if (!task) return;
    entry_->pid = task->pid;
    entry_->comm = task->comm;
}

std::string AuditWatch::describe_entry() const {
    if (!entry_) return {};
    const Delivery& how = entry_->how;
    std::string event = fmt::format("exception {}", vector_name(how.vector));
    if (how.vector == kPageFaultVector) event = "the page fault";
    if (how.vector >= kFirstInterrupt) event = fmt::format("interrupt {}", how.vector - kFirstInterrupt);
    if (how.vector == kSystemCall) {
        const auto now = inspector_.memory();
        const std::string name = now ? system_call_name(*now, how.eax) : "none";
        event = fmt::format("system call {} ({})", how.eax, name);
    }
    return fmt::format("{} of task {} ({}) at 0x{:08x}, {} ns", event, entry_->pid, entry_->comm,
                       how.eip.value, how.time.ns);
}

void AuditWatch::before_fault(const PageFault& fault) {
    if (plan_.when != AuditWhen::Every || ++events_ < plan_.period) return;
    events_ = 0;
    audit(place_of(fault.cpl),
          fmt::format("page fault {} at 0x{:08x}, eip 0x{:08x}", fault.sequence, fault.cr2.value,
                      fault.eip.value),
          false);
}

void AuditWatch::before_return(const InterruptReturn& back) {
    if (plan_.when != AuditWhen::EveryReturn || (back.cs & 3) != 3) return;
    audit(AuditPlace::AtRest, fmt::format("the return to user mode at 0x{:08x}", back.eip), false);
}

/// A program writes checkpoints by a system call that holds nothing.
void AuditWatch::at_checkpoint(uint32_t id) {
    if (plan_.when == AuditWhen::Exit) return;
    audit(AuditPlace::AtRest, fmt::format("what follows checkpoint {}", id), true);
}

void AuditWatch::at_poll(const Machine& machine) {
    if (plan_.when != AuditWhen::Random) return;
    random_ = random_ * 1664525 + 1013904223;
    if ((random_ >> 8) % plan_.period != 0) return;
    audit(place_of(machine.cpu().registers().cpl), fmt::format("what follows {} ns", machine.now().ns),
          false);
}

void AuditWatch::go_back() {
    entry_.reset();
    last_.clear();
    violation_.reset();
}

void AuditWatch::state(StateVisitor& visitor) {
    visitor.field("audit events", events_);
    visitor.field("audit random", random_);
}

void AuditWatch::at_exit(bool by_itself) {
    audit(by_itself ? AuditPlace::AtRest : AuditPlace::Anywhere, "the end of the run", true);
    if (plan_.json) return;
    std::fputs(fmt::format("audit: {} audits, {} of a quiet machine; {}\n", audits_, quiet_,
                           violation_ ? "violations were found" : "no violation")
                   .c_str(),
               stderr);
}

void AuditWatch::audit(AuditPlace place, const std::string& event, bool tell) {
    if (ends_run()) return;  // the run is about to stop
    const auto report = auditor_->audit(place);
    if (!report) {
        // Before paging is on there is nothing to audit yet.
        if (tell) std::fputs(fmt::format("audit: none: {}\n", report.error().message).c_str(), stderr);
        return;
    }
    ++audits_;
    quiet_ += report->quiet;
    take_findings(*report, event);
    if (plan_.json && (tell || !report->clean())) {
        std::fputs(audit_json(*report).c_str(), stderr);
    } else if (!report->clean() || tell) {
        std::fputs(fmt::format("audit: before {}\n{}", event, audit_text(*report)).c_str(), stderr);
    }
}

/// A finding that stays is told and traced once.
void AuditWatch::take_findings(const AuditReport& report, const std::string& event) {
    if (report.clean()) {
        entry_.reset();
        last_.clear();
        return;
    }
    const std::string since = describe_entry();
    for (const AuditFinding& finding : report.findings) {
        if (plan_.trace != nullptr && std::ranges::find(last_, finding) == last_.end())
            plan_.trace->write(finding, event, since);
    }
    last_ = report.findings;
    if (violation_) return;
    const AuditFinding& first = report.findings.front();
    violation_ = fmt::format("an audit before {} found {}: {} is {}, expected {}", event, first.id,
                             first.what, first.found, first.expected);
    if (!since.empty()) *violation_ += fmt::format("; before {} everything was right", since);
    if (plan_.fail && plan_.stop) plan_.stop();
}

}  // namespace mmscope
