// SPDX-License-Identifier: GPL-2.0-or-later
// Counting, sorting and the table at the end.
#include "trace/fault_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

void sort_rows(std::vector<FaultSummary::Row>& rows) {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.count != b.count ? a.count > b.count : a.name < b.name;
    });
}

void add_table(std::string& out, const char* title, const std::vector<FaultSummary::Row>& rows,
               size_t limit) {
    out += fmt::format("  {:<40} {:>9} {:>14}\n", title, "faults", "virtual us");
    uint64_t other = 0, other_ns = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
        if (i < limit) {
            out += fmt::format("    {:<38} {:>9} {:>14.1f}\n", rows[i].name, rows[i].count,
                               static_cast<double>(rows[i].ns) / 1000);
        } else {
            other += rows[i].count;
            other_ns += rows[i].ns;
        }
    }
    if (other) {
        out += fmt::format("    {:<38} {:>9} {:>14.1f}\n", fmt::format("({} more)", rows.size() - limit),
                           other, static_cast<double>(other_ns) / 1000);
    }
}

}  // namespace

void FaultSummary::add(const FaultRecord& record) {
    const uint64_t ns = record.duration_ns.value_or(0);
    for (Count* count : {&kinds_[static_cast<size_t>(record.kind)], &processes_[process_name(record.task)],
                         &vmas_[vma_name(record)]}) {
        ++count->count;
        count->ns += ns;
    }
    ++total_;
}

std::vector<FaultSummary::Row> FaultSummary::by_kind() const {
    std::vector<Row> rows;
    for (size_t i = 0; i < kinds_.size(); ++i) {
        if (kinds_[i].count == 0) continue;
        rows.push_back({std::string(to_string(static_cast<FaultKind>(i))), kinds_[i].count, kinds_[i].ns});
    }
    sort_rows(rows);
    return rows;
}

std::vector<FaultSummary::Row> FaultSummary::by_process() const {
    std::vector<Row> rows;
    for (const auto& [name, count] : processes_)
        rows.push_back({name, count.count, count.ns});
    sort_rows(rows);
    return rows;
}

std::vector<FaultSummary::Row> FaultSummary::by_vma() const {
    std::vector<Row> rows;
    for (const auto& [name, count] : vmas_)
        rows.push_back({name, count.count, count.ns});
    sort_rows(rows);
    return rows;
}

std::string FaultSummary::render(size_t rows) const {
    std::string out = fmt::format("page faults: {}\n", total_);
    if (total_ == 0) return out;
    add_table(out, "by kind", by_kind(), rows);
    add_table(out, "by process", by_process(), rows);
    add_table(out, "by area", by_vma(), rows);
    return out;
}

}  // namespace mmscope
