// SPDX-License-Identifier: GPL-2.0-or-later
// What emu tells at the end of a run, as text for a person or as one line of JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "devices/scheduler.h"
#include "mmu/tlb_shadow.h"

namespace mmscope {

class FaultSummary;

struct ProcessTlb {
    std::string name;  // "12 (tour)"
    TlbCounters counters;
};

/// Everything but the wall time is a function of the images, the configuration and the input.
struct RunReport {
    std::string end;  // one sentence, or several lines for a crash
    int exit_status = 0;
    VirtualTime time;
    uint64_t instructions = 0;
    double wall_seconds = 0;
    bool tlb_sees_fills = true;  // else fills and re-fills are unknown
    TlbCounters tlb;
    std::vector<ProcessTlb> tlb_by_process;  // in the order to be printed
    uint64_t page_faults = 0;
    const FaultSummary* faults = nullptr;  // null: they were only counted
    std::string trace_file;                // empty: none
};

std::string report_text(const RunReport& report);
/// One line, schema "mmscope.summary" version 1.
std::string report_json(const RunReport& report);

}  // namespace mmscope
