// SPDX-License-Identifier: GPL-2.0-or-later
// The list of living log channels and the levels asked for on the command line.
#include "base/log.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <vector>

namespace mmscope {
namespace {

constexpr std::array<std::string_view, 7> kLevelNames = {"off",  "error", "warn", "stub",
                                                         "info", "debug", "trace"};
constexpr LogLevel kDefaultLevel = LogLevel::Warn;

/// Levels are a setting of the process, like its standard error; nothing of the machine depends on them.
struct Registry {
    std::vector<LogChannel*> channels;
    std::map<std::string, LogLevel, std::less<>> wanted;

    [[nodiscard]] LogLevel level_of(std::string_view name) const {
        if (auto own = wanted.find(name); own != wanted.end()) return own->second;
        if (auto all = wanted.find("*"); all != wanted.end()) return all->second;
        return kDefaultLevel;
    }
};

Registry& registry() {
    static Registry instance;
    return instance;
}

std::optional<LogLevel> parse_level(std::string_view text) {
    const auto found = std::ranges::find(kLevelNames, text);
    if (found == kLevelNames.end()) return std::nullopt;
    return static_cast<LogLevel>(found - kLevelNames.begin());
}

}  // namespace

LogChannel::LogChannel(std::string_view name) : name_(name), level_(registry().level_of(name)) {
    registry().channels.push_back(this);
}

LogChannel::~LogChannel() {
    std::erase(registry().channels, this);
}

void LogChannel::write(const std::string& line) const {
    fmt::print(stderr, "{}: {}\n", name_, line);
}

Result<void> set_log_levels(std::string_view specification) {
    std::map<std::string, LogLevel, std::less<>> wanted;
    for (std::string_view rest = specification; !rest.empty();) {
        const auto comma = rest.find(',');
        const std::string_view part = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        const auto colon = part.find(':');
        const auto level =
            colon == std::string_view::npos ? std::nullopt : parse_level(part.substr(colon + 1));
        if (colon == 0 || !level) {
            return fail(fmt::format("log level '{}': expected NAME:LEVEL with LEVEL one of {}", part,
                                    fmt::join(kLevelNames, ", ")));
        }
        wanted[std::string(part.substr(0, colon))] = *level;
    }
    registry().wanted = std::move(wanted);
    for (LogChannel* channel : registry().channels)
        channel->set_level(registry().level_of(channel->name()));
    return {};
}

}  // namespace mmscope
