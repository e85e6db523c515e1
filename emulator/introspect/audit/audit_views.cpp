// SPDX-License-Identifier: GPL-2.0-or-later
// An audit as text for a person and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "introspect/audit/audit.h"

namespace mmscope {

namespace {

using Json = nlohmann::ordered_json;

std::string subject_of(const AuditFinding& finding) {
    std::string subject;
    if (finding.mm.value != 0) subject += fmt::format(" mm 0x{:08x}", finding.mm.value);
    if (finding.pid != 0) subject += fmt::format(" of pid {}", finding.pid);
    if (finding.vma.value != 0) subject += fmt::format(" vma 0x{:08x}", finding.vma.value);
    return subject;
}

std::string lines_of(const std::vector<AuditFinding>& findings, std::string_view word) {
    std::string out;
    for (const AuditFinding& finding : findings) {
        out += fmt::format("audit: {}{}{}: {} is {}, expected {}\n", finding.id, word, subject_of(finding),
                           finding.what, finding.found, finding.expected);
    }
    return out;
}

const char* word_of(AuditStatus status) {
    switch (status) {
        case AuditStatus::Checked:
            return "checked";
        case AuditStatus::InTransit:
            return "in transit";
        case AuditStatus::NotApplicable:
            break;
    }
    return "not applicable";
}

Json findings_json(const std::vector<AuditFinding>& findings) {
    Json out = Json::array();
    for (const AuditFinding& finding : findings) {
        Json item{{"id", finding.id},
                  {"what", finding.what},
                  {"found", finding.found},
                  {"expected", finding.expected}};
        if (finding.mm.value != 0) item["mm"] = finding.mm.value;
        if (finding.vma.value != 0) item["vma"] = finding.vma.value;
        if (finding.pid != 0) item["pid"] = finding.pid;
        out.push_back(std::move(item));
    }
    return out;
}

}  // namespace

std::string audit_text(const AuditReport& report) {
    const auto count = [&](AuditStatus status) {
        return std::ranges::count(report.outcomes, status, &AuditOutcome::status);
    };
    std::string out = lines_of(report.findings, "");
    out += lines_of(report.notes, " (a program may do this)");
    out += fmt::format("audit: {} at {} ns: {} invariants checked, {} in transit, {} not applicable\n",
                       report.clean() ? "clean" : fmt::format("{} violations", report.violations),
                       report.moment.time.ns, count(AuditStatus::Checked), count(AuditStatus::InTransit),
                       count(AuditStatus::NotApplicable));
    return out;
}

std::string audit_json(const AuditReport& report) {
    Json outcomes = Json::array();
    for (const AuditOutcome& outcome : report.outcomes) {
        outcomes.push_back({{"id", outcome.id},
                            {"title", outcome.title},
                            {"status", word_of(outcome.status)},
                            {"checked", outcome.checked},
                            {"in_transit", outcome.in_transit}});
    }
    const Json out{{"schema", "mmscope.audit"},
                   {"version", 1},
                   {"time_ns", report.moment.time.ns},
                   {"instructions", report.moment.instructions},
                   {"quiet", report.quiet},
                   {"violations", report.violations},
                   {"findings", findings_json(report.findings)},
                   {"notes", findings_json(report.notes)},
                   {"invariants", std::move(outcomes)}};
    return out.dump() + "\n";
}

}  // namespace mmscope
