// SPDX-License-Identifier: GPL-2.0-or-later
// The tables at the end of a run.
#include "app/run_report.h"

#include <fmt/format.h>

#include "app/units.h"
#include "trace/fault_summary.h"

namespace mmscope {
namespace {

constexpr size_t kRows = 12;

std::string tlb_row(std::string_view name, const TlbCounters& counters, bool sees_fills) {
    const auto known = [sees_fills](uint64_t count) {
        return sees_fills ? fmt::format("{}", count) : std::string("-");
    };
    return fmt::format("  {:<27} {:>10} {:>10} {:>10} {:>13}\n", name, known(counters.fills),
                       known(counters.refills), counters.flushes, counters.invalidations);
}

std::string tlb_table(const RunReport& report) {
    std::string out =
        fmt::format("TLB{:>37} {:>10} {:>10} {:>13}\n", "fills", "re-fills", "flushes", "invalidations");
    out += tlb_row("all", report.tlb, report.tlb_sees_fills);
    TlbCounters rest;
    for (size_t i = 0; i < report.tlb_by_process.size(); ++i) {
        const ProcessTlb& process = report.tlb_by_process[i];
        if (i < kRows) {
            out += tlb_row(process.name, process.counters, report.tlb_sees_fills);
            continue;
        }
        rest.fills += process.counters.fills;
        rest.refills += process.counters.refills;
        rest.flushes += process.counters.flushes;
        rest.invalidations += process.counters.invalidations;
    }
    if (report.tlb_by_process.size() > kRows) {
        const auto name = fmt::format("{} other processes", report.tlb_by_process.size() - kRows);
        out += tlb_row(name, rest, report.tlb_sees_fills);
    }
    return out;
}

}  // namespace

std::string report_text(const RunReport& report) {
    std::string out = fmt::format("emu: {}\n", report.end);
    out += fmt::format("virtual time {}, {} instructions\n", format_duration(report.time.ns),
                       report.instructions);
    out += fmt::format("wall time {:.3f} s\n", report.wall_seconds);
    out += report.faults != nullptr
               ? report.faults->render(kRows)
               : fmt::format("page faults {} (--trace FILE sorts them)\n", report.page_faults);
    out += tlb_table(report);
    if (!report.trace_file.empty()) out += fmt::format("trace {}\n", report.trace_file);
    return out;
}

}  // namespace mmscope
