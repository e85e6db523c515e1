// SPDX-License-Identifier: GPL-2.0-or-later
// SVG 1.1, drawn with rectangles, lines and text alone. Sizes are pixels.
#include "trace/trace_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "trace/append.h"

namespace mmscope {

namespace {

constexpr double kWidth = 1100, kLeft = 150, kRight = 20, kTop = 40, kGap = 60;
constexpr double kMapHeight = 420, kLane = 22;
constexpr size_t kTimeBins = 190, kMostPageBins = 105;
constexpr size_t kMostLabels = 12;  // beside the heat map
constexpr std::array<std::string_view, 10> kColours = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
                                                       "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"};

uint32_t index_of(const std::string& name, std::map<std::string, uint32_t>& index,
                  std::vector<std::string>& names) {
    const auto [it, added] = index.try_emplace(name, static_cast<uint32_t>(names.size()));
    if (added) names.push_back(name);
    return it->second;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            default:
                out += c >= 0x20 && c < 0x7f ? c : '?';
        }
    }
    return out;
}

void add_text(std::string& out, double x, double y, std::string_view anchor, std::string_view text) {
    add(out, "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, escaped(text));
}

void add_box(std::string& out, double x, double y, double width, double height, std::string_view colour) {
    add(out, "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x, y,
        width, height, colour);
}

/// From pale yellow (one fault) to dark red (as many as there are anywhere), by orders of magnitude.
std::string heat(uint32_t count, uint32_t most) {
    const double share = most <= 1 ? 0.5 : std::log(count) / std::log(most);
    const auto mix = [share](double from, double to) { return static_cast<int>(from + (to - from) * share); };
    return fmt::format("#{:02x}{:02x}{:02x}", mix(254, 128), mix(217, 0), mix(118, 38));
}

}  // namespace

/// What both parts share: the range of time, and where its ends are drawn.
struct TracePlot::Frame {
    uint64_t first = 0, last = 0;
    std::vector<uint32_t> pages;  // those that faulted, ascending
    [[nodiscard]] double x(uint64_t time) const {
        const double span = std::max(1.0, static_cast<double>(last - first));
        return kLeft + static_cast<double>(time - first) / span * (kWidth - kLeft - kRight);
    }
};

void TracePlot::add(const TraceRow& row) {
    const auto time = parse_number(row.get("time_ns")), address = parse_number(row.get("cr2"));
    if (row.get("event") != "fault" || !time || !address || *address > UINT32_MAX) return;
    const std::string process = fmt::format("{} ({})", row.get("tgid"), row.get("comm"));
    points_.push_back({*time, static_cast<uint32_t>(*address >> 12),
                       index_of(process, process_index_, processes_),
                       index_of(std::string(row.get("kind")), kind_index_, kinds_)});
}

std::string TracePlot::svg() const {
    Frame frame;
    frame.first = UINT64_MAX;
    for (const Point& point : points_) {
        frame.first = std::min(frame.first, point.time);
        frame.last = std::max(frame.last, point.time);
        frame.pages.push_back(point.page);
    }
    if (points_.empty()) frame.first = 0;
    std::ranges::sort(frame.pages);
    frame.pages.erase(std::ranges::unique(frame.pages).begin(), frame.pages.end());
    const double lanes = static_cast<double>(processes_.size()) * kLane;
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" font-family=\"monospace\" "
        "font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        kWidth, kTop + kMapHeight + kGap + lanes + kGap);
    add_text(out, kLeft, kTop - 15, "start",
             fmt::format("{} page faults, {} pages, {} processes", points_.size(), frame.pages.size(),
                         processes_.size()));
    add_heat_map(out, frame);
    add_timeline(out, frame);
    add_legend(out);
    return out + "</svg>\n";
}

void TracePlot::add_heat_map(std::string& out, const Frame& frame) const {
    const size_t rows = std::clamp<size_t>(frame.pages.size(), 1, kMostPageBins);
    const double height = kMapHeight / static_cast<double>(rows);
    const double width = (kWidth - kLeft - kRight) / kTimeBins;
    const auto row_of = [&](uint32_t page) {
        const auto rank = std::ranges::lower_bound(frame.pages, page) - frame.pages.begin();
        return static_cast<size_t>(rank) * rows / frame.pages.size();
    };
    std::map<std::pair<size_t, size_t>, uint32_t> cells;
    uint32_t most = 1;
    for (const Point& point : points_) {
        const double share = (frame.x(point.time) - kLeft) / (kWidth - kLeft - kRight);
        const size_t column = std::min(static_cast<size_t>(share * kTimeBins), kTimeBins - 1);
        most = std::max(most, ++cells[{row_of(point.page), column}]);
    }
    const auto y = [&](size_t row) { return kTop + kMapHeight - static_cast<double>(row + 1) * height; };
    for (const auto& [cell, count] : cells)
        add_box(out, kLeft + static_cast<double>(cell.second) * width, y(cell.first), width, height,
                heat(count, most));
    double lowest = kTop + kMapHeight + 100;
    for (size_t i = 0, labels = 0; i < frame.pages.size() && labels < kMostLabels; ++i) {
        const bool jump = i == 0 || frame.pages[i] - frame.pages[i - 1] > 256;
        const double at = y(row_of(frame.pages[i])) + height;
        if (!jump || lowest - at < 12) continue;
        add_text(out, kLeft - 8, at, "end", fmt::format("0x{:08x}", uint64_t{frame.pages[i]} << 12));
        mmscope::add(out, "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#ccc\"/>\n", kLeft,
                     kWidth - kRight, at, at);
        lowest = at;
        ++labels;
    }
    add_time_axis(out, frame, kTop + kMapHeight);
}

void TracePlot::add_time_axis(std::string& out, const Frame& frame, double y) const {
    constexpr int kTicks = 8;
    for (int i = 0; i <= kTicks; ++i) {
        const uint64_t time = frame.first + (frame.last - frame.first) / kTicks * static_cast<uint64_t>(i);
        mmscope::add(out,
                     "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"black\"/>\n",
                     frame.x(time), y, y + 4);
        add_text(out, frame.x(time), y + 16, i == kTicks ? "end" : "middle",
                 fmt::format("{:.1f} ms", static_cast<double>(time) / 1e6));
    }
}

void TracePlot::add_timeline(std::string& out, const Frame& frame) const {
    const double top = kTop + kMapHeight + kGap;
    std::vector<std::pair<uint64_t, uint64_t>> lives(processes_.size(), {UINT64_MAX, 0});
    for (const Point& point : points_) {
        auto& [first, last] = lives[point.process];
        first = std::min(first, point.time);
        last = std::max(last, point.time);
    }
    for (size_t i = 0; i < processes_.size(); ++i) {
        const double y = top + static_cast<double>(i) * kLane;
        add_text(out, kLeft - 8, y + 14, "end", processes_[i]);
        add_box(out, frame.x(lives[i].first), y + 9, frame.x(lives[i].second) - frame.x(lives[i].first), 2,
                "#ddd");
    }
    for (const Point& point : points_)
        add_box(out, frame.x(point.time), top + point.process * kLane + 2, 1, kLane - 6,
                kColours[point.kind % kColours.size()]);
}

void TracePlot::add_legend(std::string& out) const {
    const double y = kTop + kMapHeight + kGap + static_cast<double>(processes_.size()) * kLane + 20;
    double x = kLeft;
    for (size_t i = 0; i < kinds_.size(); ++i) {
        add_box(out, x, y - 9, 10, 10, kColours[i % kColours.size()]);
        add_text(out, x + 14, y, "start", kinds_[i]);
        x += 30 + 7 * static_cast<double>(kinds_[i].size());
    }
}

}  // namespace mmscope
