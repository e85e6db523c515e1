// SPDX-License-Identifier: GPL-2.0-or-later
// Faults counted by kind, by process and by VMA, for the table at the end of a run.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "trace/fault_record.h"

namespace mmscope {

class FaultSummary {
  public:
    struct Row {
        std::string name;
        uint64_t count = 0;
        uint64_t ns = 0;  // virtual time spent in those whose end was seen
        friend bool operator==(const Row&, const Row&) = default;
    };

    void add(const FaultRecord& record);

    [[nodiscard]] uint64_t total() const { return total_; }
    /// Most frequent first, equal counts by name: the same run gives the same bytes.
    [[nodiscard]] std::vector<Row> by_kind() const;
    [[nodiscard]] std::vector<Row> by_process() const;  // "12 (tour)"
    [[nodiscard]] std::vector<Row> by_vma() const;  // "/bin/tour", "[stack]", "40000000-40003000", "no vma"
    /// The three tables as text, at most `rows` lines each and a line for the rest.
    [[nodiscard]] std::string render(size_t rows = 12) const;

  private:
    struct Count {
        uint64_t count = 0;
        uint64_t ns = 0;
    };
    std::array<Count, kFaultKinds> kinds_{};
    std::map<std::string, Count> processes_, vmas_;
    uint64_t total_ = 0;
};

}  // namespace mmscope
