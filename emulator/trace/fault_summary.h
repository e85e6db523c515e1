// SPDX-License-Identifier: GPL-2.0-or-later
// Faults counted by kind, by process and by VMA, for the table at the end of a run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/fault_record.h"
#include "trace/tally.h"

namespace mmscope {

class FaultSummary {
  public:
    using Row = Tally::Row;

    void add(const FaultRecord& record);

    [[nodiscard]] uint64_t total() const { return total_; }
    [[nodiscard]] std::vector<Row> by_kind() const { return kinds_.rows(); }
    [[nodiscard]] std::vector<Row> by_process() const { return processes_.rows(); }  // "12 (tour)"
    /// "/bin/tour", "[stack]", "40000000-40003000", "no vma"
    [[nodiscard]] std::vector<Row> by_vma() const { return vmas_.rows(); }
    /// The three tables as text, at most `rows` lines each and a line for the rest.
    [[nodiscard]] std::string render(size_t rows = 12) const;

  private:
    Tally kinds_, processes_, vmas_;
    uint64_t total_ = 0;
};

}  // namespace mmscope
