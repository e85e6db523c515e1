// SPDX-License-Identifier: GPL-2.0-or-later
// Reading the command, running both machines, and the two views of what they did.
#include "app/compare_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/file.h"
#include "app/options.h"

namespace mmscope {

namespace {

constexpr std::string_view kUsage = "emu compare A.toml B.toml [--set KEY=VALUE]... [--json]";

int refuse(std::string_view what) {
    fmt::print(stderr, "emu: {}\n", what);
    return kExitUsage;
}

struct Request {
    std::vector<std::string> files;
    std::vector<ConfigSetting> settings;  // for both machines
    bool json = false;
};

Result<Request> parse_request(std::span<const char* const> arguments) {
    Request request;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        if (word == "--json") {
            request.json = true;
        } else if (word == "--set") {
            if (++i == arguments.size()) return fail("--set: its KEY=VALUE is missing");
            request.settings.push_back({fmt::format("--set {}", arguments[i]), arguments[i]});
        } else if (word.starts_with("-") && word.size() > 1) {
            return fail(fmt::format("unknown option {}; usage: {}", word, kUsage));
        } else {
            request.files.emplace_back(word);
        }
    }
    if (request.files.size() != 2) return fail(fmt::format("usage: {}", kUsage));
    return request;
}

Result<EditionRun> run_file(const std::string& file, const Request& request) {
    const auto config = load_config({file, request.settings, executable_folder()});
    return config ? run_edition(*config) : std::unexpected(config.error());
}

struct Pair {
    std::string group, name;
    uint64_t a = 0, b = 0;
};

/// Both runs' figures, in their order; what only the second has comes behind what is before it there.
std::vector<Pair> pair_up(const EditionRun& a, const EditionRun& b) {
    std::vector<Pair> pairs;
    for (const Figure& figure : a.figures)
        pairs.push_back({figure.group, figure.name, figure.value, 0});
    size_t behind = 0;
    for (const Figure& figure : b.figures) {
        const auto same = std::ranges::find_if(
            pairs, [&](const Pair& pair) { return pair.group == figure.group && pair.name == figure.name; });
        if (same != pairs.end()) {
            same->b = figure.value;
            behind = static_cast<size_t>(same - pairs.begin()) + 1;
        } else {
            pairs.insert(pairs.begin() + static_cast<std::ptrdiff_t>(behind++),
                         {figure.group, figure.name, 0, figure.value});
        }
    }
    return pairs;
}

std::string line(std::string_view name, std::string_view a, std::string_view b) {
    return fmt::format("  {:<32}{:>16}{:>16}\n", name, a, b);
}

std::string share(uint64_t part, uint64_t whole) {
    return whole == 0
               ? "-"
               : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string ratio(uint64_t steps, uint64_t calls) {
    return calls == 0 ? "-" : fmt::format("{:.2f}", static_cast<double>(steps) / static_cast<double>(calls));
}

/// What is worth more than the numbers it comes from.
std::string derived_lines(const EditionRun& a, const EditionRun& b) {
    const auto of = [](const EditionRun& run, std::string_view name) { return run.value("look-ups", name); };
    const auto hits = [&](const EditionRun& run) {
        return share(of(run, "answered by mmap_cache"), of(run, "find_vma"));
    };
    const auto steps = [&](const EditionRun& run) {
        return ratio(of(run, "steps of the others"), of(run, "find_vma") - of(run, "answered by mmap_cache"));
    };
    return line("hit ratio of mmap_cache", hits(a), hits(b)) +
           line("steps for each other look-up", steps(a), steps(b));
}

nlohmann::ordered_json json_of(const EditionRun& run) {
    nlohmann::ordered_json json{{"edition", run.edition}, {"status", run.status}, {"end", run.end}};
    for (const Figure& figure : run.figures)
        json["figures"][figure.group][figure.name] = figure.value;
    return json;
}

}  // namespace

std::string comparison_text(const EditionRun& a, const EditionRun& b) {
    std::string text = line("", a.edition, b.edition), group, same;
    for (const Pair& pair : pair_up(a, b)) {
        if (pair.a != pair.b) {
            if (pair.group != group) {
                group = pair.group;
                text += fmt::format("{}\n", group);
                if (group == "look-ups") text += derived_lines(a, b);
            }
            text += line(pair.name, fmt::format("{}", pair.a), fmt::format("{}", pair.b));
        } else if (pair.a != 0) {
            same += fmt::format("{}{}: {} {}", same.empty() ? "" : ", ", pair.group, pair.name, pair.a);
        }
    }
    if (!same.empty()) text += fmt::format("the same in both: {}\n", same);
    for (const EditionRun* run : {&a, &b})
        text += fmt::format("{} ended: {}\n", run->edition, run->end);
    return text;
}

std::string comparison_json(const EditionRun& a, const EditionRun& b) {
    const nlohmann::ordered_json json{{"schema", "mmscope.compare"},
                                      {"version", 1},
                                      {"runs", nlohmann::ordered_json::array({json_of(a), json_of(b)})}};
    return json.dump() + "\n";
}

int compare_command(int count, const char* const* arguments) {
    if (count > 0 && std::string_view(arguments[0]) == "--help") {
        fmt::print(
            "{}\n\nRuns the machine of each configuration to its end, without window and input, and prints "
            "what\n"
            "came out differently: page faults by kind, look-ups of areas, swapping, areas, memory of the\n"
            "descriptors. --set is for both machines; --json prints all numbers.\n",
            kUsage);
        return kExitClean;
    }
    const auto request = parse_request({arguments, static_cast<size_t>(count)});
    if (!request) return refuse(request.error().message);
    std::vector<EditionRun> runs;
    for (const std::string& file : request->files) {
        auto run = run_file(file, *request);
        if (!run) return refuse(run.error().message);
        runs.push_back(std::move(*run));
    }
    const auto& view = request->json ? comparison_json : comparison_text;
    std::fputs(view(runs[0], runs[1]).c_str(), stdout);
    return runs[0].status != kExitClean ? runs[0].status : runs[1].status;
}

}  // namespace mmscope
