// SPDX-License-Identifier: GPL-2.0-or-later
// Counts by name, and the table they make.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mmscope {

class Tally {
  public:
    struct Row {
        std::string name;
        uint64_t count = 0;
        uint64_t ns = 0;  // virtual time spent in those whose end was seen
        friend bool operator==(const Row&, const Row&) = default;
    };

    void add(const std::string& name, uint64_t ns);
    /// Most frequent first, equal counts by name: the same run gives the same bytes.
    [[nodiscard]] std::vector<Row> rows() const;
    /// With a head, at most `limit` lines and one for the rest.
    [[nodiscard]] std::string table(const char* title, const char* unit, size_t limit) const;

  private:
    struct Count {
        uint64_t count = 0;
        uint64_t ns = 0;
    };
    std::map<std::string, Count> counts_;
};

}  // namespace mmscope
