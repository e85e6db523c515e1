// SPDX-License-Identifier: GPL-2.0-or-later
// The summary of a run as JSON.
#include <nlohmann/json.hpp>

#include "app/run_report.h"
#include "trace/fault_summary.h"

namespace mmscope {
namespace {

using Json = nlohmann::ordered_json;

Json tlb_json(const TlbCounters& counters, bool sees_fills) {
    const auto known = [sees_fills](uint64_t count) { return sees_fills ? Json(count) : Json(nullptr); };
    return {{"fills", known(counters.fills)},
            {"refills", known(counters.refills)},
            {"flushes", counters.flushes},
            {"invalidations", counters.invalidations}};
}

Json rows_json(const std::vector<FaultSummary::Row>& rows) {
    Json out = Json::array();
    for (const auto& row : rows)
        out.push_back({{"name", row.name}, {"count", row.count}, {"ns", row.ns}});
    return out;
}

Json faults_json(const FaultSummary& faults) {
    return {{"total", faults.total()},
            {"by_kind", rows_json(faults.by_kind())},
            {"by_process", rows_json(faults.by_process())},
            {"by_vma", rows_json(faults.by_vma())}};
}

}  // namespace

std::string report_json(const RunReport& report) {
    Json tlb = tlb_json(report.tlb, report.tlb_sees_fills);
    Json processes = Json::array();
    for (const ProcessTlb& process : report.tlb_by_process) {
        Json row = {{"name", process.name}};
        row.update(tlb_json(process.counters, report.tlb_sees_fills));
        processes.push_back(std::move(row));
    }
    tlb["by_process"] = std::move(processes);
    const Json out = {{"schema", "mmscope.summary"},
                      {"version", 1},
                      {"end", report.end},
                      {"exit_status", report.exit_status},
                      {"virtual_ns", report.time.ns},
                      {"instructions", report.instructions},
                      {"wall_seconds", report.wall_seconds},
                      {"page_faults", report.page_faults},
                      {"faults", report.faults == nullptr ? Json(nullptr) : faults_json(*report.faults)},
                      {"tlb", std::move(tlb)},
                      {"trace", report.trace_file}};
    return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mmscope
