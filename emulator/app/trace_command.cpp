// SPDX-License-Identifier: GPL-2.0-or-later
#include "app/trace_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.h"
#include "trace/read/row_filter.h"
#include "trace/read/trace_reader.h"
#include "trace/tally.h"
#include "trace/trace_plot.h"

namespace mmscope {
namespace {

constexpr std::string_view kTraceUsage = R"(emu trace summary FILE [--where CONDITIONS]
emu trace cat FILE [--where CONDITIONS]
emu trace plot FILE PICTURE.svg [--where CONDITIONS]

summary counts events, and page faults by kind, process and area. cat prints a record a line. plot draws a
heat map of page faults and a timeline for each process.

FILE is what --trace wrote: .jsonl, .csv, .sqlite or .json, each also with .zst.
CONDITIONS: KEY=VALUE and ..., also !=, <, <=, >, >= and ~ (contains); words may end in *:
  emu trace cat t.jsonl --where 'event=fault and kind=cow_* and pid=9 and cr2>=0xb0000000'
)";
constexpr size_t kTableRows = 12;
constexpr uint64_t kRowsPerProgress = 1 << 14;

int refuse_trace(std::string_view what) {
    fmt::print(stderr, "emu: {}\n", what);
    return kExitUsage;
}

struct TraceRequest {
    std::string what, file, picture;
    RowFilter filter;
};

Result<TraceRequest> parse_trace_request(std::span<const char* const> arguments) {
    TraceRequest request;
    std::vector<std::string> words;
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (std::string_view(arguments[i]) != "--where") {
            words.emplace_back(arguments[i]);
            continue;
        }
        if (++i == arguments.size()) return fail("--where: its CONDITIONS are missing");
        auto filter = RowFilter::parse(arguments[i]);
        if (!filter) return fail("--where: " + filter.error().message);
        request.filter = std::move(*filter);
    }
    const bool known = !words.empty() && (words[0] == "summary" || words[0] == "cat" || words[0] == "plot");
    const size_t wanted = known && words[0] == "plot" ? 3 : 2;
    if (!known || words.size() != wanted) return fail(fmt::format("usage:\n{}", kTraceUsage));
    request.what = words[0];
    request.file = words[1];
    if (wanted == 3) request.picture = words[2];
    if (wanted == 3 && !request.picture.ends_with(".svg"))
        return fail(fmt::format("{}: the picture is an SVG: its name ends in .svg", request.picture));
    return request;
}

/// Only where a person looks, and only once it takes a while.
class ProgressBar {
  public:
    void show(double share) {
        if (!terminal_ || ++calls_ % kRowsPerProgress != 0) return;
        constexpr int kCells = 40;
        const int full = static_cast<int>(share * kCells);
        fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {:3.0f} %", "", full, "", kCells - full, share * 100);
        shown_ = true;
    }
    ~ProgressBar() {
        if (shown_) fmt::print(stderr, "\r{:60}\r", "");
    }

  private:
    bool terminal_ = isatty(STDERR_FILENO) != 0 && isatty(STDOUT_FILENO) == 0;
    uint64_t calls_ = 0;
    bool shown_ = false;
};

/// Gives `use` each row that fits. True: the trace has its end.
Result<bool> for_each_row(const TraceRequest& request, const std::function<void(const TraceRow&)>& use) {
    auto reader = open_trace(request.file);
    if (!reader) return std::unexpected(reader.error());
    ProgressBar bar;
    TraceRow row;
    for (;;) {
        const auto more = (*reader)->next(row);
        if (!more) return std::unexpected(more.error());
        if (!*more) return (*reader)->complete();
        bar.show((*reader)->progress());
        if (request.filter.fits(row)) use(row);
    }
}

std::string area_of(const TraceRow& row) {
    const auto cr2 = parse_number(row.get("cr2"));
    if (!row.get("vma_name").empty()) return std::string(row.get("vma_name"));
    if (row.get("vma_start").empty()) return cr2 && *cr2 >= 0xC0000000 ? "kernel" : "no vma";
    return fmt::format("{}-{}", row.get("vma_start"), row.get("vma_end"));
}

Result<bool> print_summary(const TraceRequest& request) {
    Tally events, kinds, processes, areas;
    const auto complete = for_each_row(request, [&](const TraceRow& row) {
        const uint64_t ns = parse_number(row.get("duration_ns")).value_or(0);
        events.add(std::string(row.get("event")), ns);
        if (row.get("event") != "fault") return;
        kinds.add(std::string(row.get("kind")), ns);
        processes.add(fmt::format("{} ({})", row.get("tgid"), row.get("comm")), ns);
        areas.add(area_of(row), ns);
    });
    if (!complete) return complete;
    fmt::print("{}:{}\n{}", request.file, *complete ? "" : " cut short, it has no end",
               events.table("events", "records", kTableRows * 2));
    for (const auto& [title, tally] :
         {std::pair{"page faults by kind", &kinds}, std::pair{"page faults by process", &processes},
          std::pair{"page faults by area", &areas}})
        fmt::print("{}", tally->table(title, "faults", kTableRows));
    return complete;
}

/// "690.001313 ms  9 (tour)  vma.map  function=do_mmap_pgoff ..."
void print_row(const TraceRow& row) {
    constexpr std::array<std::string_view, 6> kInFront = {"event", "time_ns", "pid", "comm", "mm", "tgid"};
    const double time = static_cast<double>(parse_number(row.get("time_ns")).value_or(0)) / 1e6;
    std::string line =
        fmt::format("{:.6f} ms  {} ({})  {} ", time, row.get("pid"), row.get("comm"), row.get("event"));
    for (const auto& [key, value] : row.values) {
        if (std::ranges::find(kInFront, key) != kInFront.end()) continue;
        const bool quoted = value.find(' ') != std::string::npos;
        line += quoted ? fmt::format(" {}=\"{}\"", key, value) : fmt::format(" {}={}", key, value);
    }
    fmt::print("{}\n", line);
}

Result<bool> draw_plot(const TraceRequest& request) {
    TracePlot plot;
    const auto complete = for_each_row(request, [&](const TraceRow& row) { plot.add(row); });
    if (!complete) return complete;
    if (plot.faults() == 0) return fail(request.file + ": no page fault to draw");
    const std::string svg = plot.svg();
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(request.picture.c_str(), "wb"),
                                                               &std::fclose);
    const bool written = file && std::fwrite(svg.data(), 1, svg.size(), file.get()) == svg.size() &&
                         std::fflush(file.get()) == 0;
    if (!written)
        return fail(fmt::format("{}: cannot be written: {}", request.picture, std::strerror(errno)));
    fmt::print("{}: {} page faults\n", request.picture, plot.faults());
    return complete;
}

}  // namespace

int trace_command(int count, const char* const* arguments) {
    const std::span all(arguments, static_cast<size_t>(count));
    if (count > 0 && (std::string_view(all[0]) == "--help" || std::string_view(all[0]) == "-h")) {
        fmt::print("{}", kTraceUsage);
        return kExitClean;
    }
    const auto request = parse_trace_request(all);
    if (!request) return refuse_trace(request.error().message);
    const auto complete = request->what == "summary" ? print_summary(*request)
                          : request->what == "cat"   ? for_each_row(*request, print_row)
                                                     : draw_plot(*request);
    if (!complete) return refuse_trace(complete.error().message);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
        return refuse_trace("standard output: cannot write");
    if (!*complete) fmt::print(stderr, "emu: {}: cut short, it has no end\n", request->file);
    return kExitClean;
}

}  // namespace mmscope
