// SPDX-License-Identifier: GPL-2.0-or-later
// Pictures of a trace's page faults: where and when, and who.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "trace/read/trace_row.h"

namespace mmscope {

/// An SVG of two parts. The heat map: time to the right, pages upwards (only those that faulted, with marks
/// where addresses jump), the colour is how many faults. The timeline: a lane a process, a tick a fault, its
/// colour the kind.
class TracePlot {
  public:
    /// Rows that are no faults, or lack time or address, are passed over.
    void add(const TraceRow& row);
    [[nodiscard]] size_t faults() const { return points_.size(); }
    [[nodiscard]] std::string svg() const;

  private:
    struct Point {
        uint64_t time;     // ns
        uint32_t page;     // number
        uint32_t process;  // index
        uint32_t kind;     // index
    };
    struct Frame;

    void add_heat_map(std::string& out, const Frame& frame) const;
    void add_timeline(std::string& out, const Frame& frame) const;
    void add_legend(std::string& out) const;
    void add_time_axis(std::string& out, const Frame& frame, double y) const;

    std::vector<Point> points_;
    std::map<std::string, uint32_t> process_index_, kind_index_;
    std::vector<std::string> processes_, kinds_;  // in order of their first fault
};

}  // namespace mmscope
