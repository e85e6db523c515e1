// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/fault_summary.h"

#include <fmt/format.h>

namespace mmscope {

namespace {

std::string process_name(const FaultTask& task) {
    return fmt::format("{} ({})", task.tgid, task.comm);
}

std::string vma_name(const FaultRecord& record) {
    if (!record.vma) return record.begin.cr2.value >= 0xC0000000 ? "kernel" : "no vma";
    if (!record.vma->name.empty()) return record.vma->name;
    return fmt::format("{:08x}-{:08x}", record.vma->start.value, record.vma->end.value);
}

}  // namespace

void FaultSummary::add(const FaultRecord& record) {
    const uint64_t ns = record.duration_ns.value_or(0);
    kinds_.add(std::string(to_string(record.kind)), ns);
    processes_.add(process_name(record.task), ns);
    vmas_.add(vma_name(record), ns);
    ++total_;
}

std::string FaultSummary::render(size_t rows) const {
    std::string out = fmt::format("page faults: {}\n", total_);
    if (total_ == 0) return out;
    out += kinds_.table("by kind", "faults", rows);
    out += processes_.table("by process", "faults", rows);
    return out + vmas_.table("by area", "faults", rows);
}

}  // namespace mmscope
